"""Programs that are lent the module `requests`: what they can ask, and that they cannot ask more."""

import asyncio
import json
import re
from collections.abc import Callable

import pytest

from reliability.errors import Unavailable
from reliability.sandbox import Bounds, TooSlow
from reliability.sandbox import asking as desk
from reliability.sandbox.asking import Answered, Asked, read
from reliability.sandbox.code import Language, Result, run_code
from tests.isolation import skip_without_isolation, skip_without_node

SHORT = Bounds(cpu_seconds=2, wall_seconds=20)


class Teller:
    """Answers every request with what was asked. calls: in the order in which they came."""

    def __init__(self, answer: Callable[[Asked], Answered] | None = None) -> None:
        self.calls: list[Asked] = []
        self.answer = answer or repeated

    async def ask(self, asked: Asked) -> Answered:
        self.calls.append(asked)
        return self.answer(asked)


def repeated(asked: Asked) -> Answered:
    told = json.dumps({"url": asked.url, "headers": dict(asked.headers), "params": dict(asked.params)}).encode()
    return Answered(200, {"content-type": "application/json"}, told, asked.url)


def status(number: int) -> Callable[[Asked], Answered]:
    return lambda asked: Answered(number, {}, b"Oh!", asked.url)


async def ran(code: str, teller: Teller, bounds: Bounds = SHORT) -> Result:
    skip_without_isolation()
    return await run_code(code, Language.PYTHON, bounds, ask=teller.ask)


async def test_a_program_reads_what_it_asks_for() -> None:
    teller = Teller()
    code = (
        "import requests\n"
        "with requests.Session() as session:\n"
        "    session.headers.update({'X-From': 'me'})\n"
        "    answer = session.get('https://api.example.org/a', params={'q': 1}, timeout=(3, 5))\n"
        "[answer.status_code, answer.ok, answer.headers['Content-Type'], answer.json()['params'], answer.url]"
    )
    result = await ran(code, teller)
    assert result.response == "[200, True, 'application/json', {'q': '1'}, 'https://api.example.org/a']", result.errors
    assert teller.calls == [Asked("GET", "https://api.example.org/a", {"X-From": "me"}, {"q": "1"}, 5)]


async def test_eighty_threads_ask_side_by_side() -> None:
    teller = Teller()
    code = (
        "import requests\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "from requests.adapters import HTTPAdapter\n"
        "session = requests.Session()\n"
        "session.mount('https://', HTTPAdapter(max_retries=3, pool_maxsize=80))\n"
        "with ThreadPoolExecutor(80) as pool:\n"
        "    told = list(pool.map(lambda n: session.get(f'https://api.example.org/{n}').json()['url'], range(200)))\n"
        "told == [f'https://api.example.org/{n}' for n in range(200)]"
    )
    result = await ran(code, teller)
    assert result.response == "True", result.errors
    assert len(teller.calls) == 200


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("requests.request('POST', 'https://api.example.org')", "may only read"),
        ("requests.get('https://api.example.org').raise_for_status()", "HTTPError: 404"),
        ("requests.get('https://api.example.org').json()", "JSONDecodeError"),
        ("requests.get('https://api.example.org/' + 'a' * 70_000)", "No more can be asked"),
        ("import socket; socket.create_connection(('1.1.1.1', 80), 1)", "unreachable"),
    ],
)
async def test_what_goes_wrong_is_an_error_of_the_program(code: str, reason: str) -> None:
    result = await ran(f"import requests\n{code}", Teller(status(404)))
    assert not result.is_ok
    assert re.search(reason, result.errors), result.errors


async def test_errors_are_those_that_the_package_has() -> None:
    def away(asked: Asked) -> Answered:
        raise Unavailable("api.example.org cannot be reached.")

    code = (
        "import requests\n"
        "from requests.exceptions import RequestException\n"
        "try:\n"
        "    requests.get('https://api.example.org')\n"
        "except RequestException as error:\n"
        "    told = str(error)\n"
        "told"
    )
    assert (await ran(code, Teller(away))).response == "api.example.org cannot be reached."


async def test_an_answer_that_is_too_large_is_not_given() -> None:
    large = Teller(lambda asked: Answered(200, {}, b"a" * (desk.ANSWER_BYTES + 1), asked.url))
    result = await ran("import requests\nrequests.get('https://api.example.org')", large)
    assert "1,048,577 bytes" in result.errors


async def test_a_program_asks_so_often_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MOST_REQUESTS", 3)
    teller = Teller()
    result = await ran("import requests\nfor n in range(9): requests.get('https://api.example.org')", teller)
    assert "may ask 3 times" in result.errors
    assert len(teller.calls) == 3


async def test_what_is_under_way_is_given_up_with_the_program() -> None:
    skip_without_isolation()
    begun, given_up = asyncio.Event(), asyncio.Event()

    async def never(asked: Asked) -> Answered:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()
        raise AssertionError("nobody sets the event")

    code = "import requests\nrequests.get('https://api.example.org')"
    with pytest.raises(TooSlow):
        await run_code(code, Language.PYTHON, Bounds(wall_seconds=3), ask=never)
    assert begun.is_set()
    assert given_up.is_set()


async def test_a_fault_of_ours_is_not_taken_for_one_of_the_program() -> None:
    def broken(asked: Asked) -> Answered:
        raise ZeroDivisionError

    code = "import requests\ntry: requests.get('https://api.example.org')\nexcept OSError: pass"
    with pytest.raises(ExceptionGroup) as caught:
        await ran(code, Teller(broken))
    assert isinstance(caught.value.exceptions[0], ZeroDivisionError)


async def test_nobody_is_lent_anything_who_may_ask_nothing() -> None:
    skip_without_isolation()
    result = await run_code("import requests", Language.PYTHON, SHORT)
    assert "No module named 'requests'" in result.errors


async def test_javascript_asks_nothing() -> None:
    skip_without_isolation()
    skip_without_node()
    teller = Teller()
    code = "fetch('https://api.example.org')"
    assert not (await run_code(code, Language.JAVASCRIPT, SHORT, ask=teller.ask)).is_ok
    assert teller.calls == []


FORM = {"method": "GET", "url": "https://api.example.org", "headers": {}, "params": {}, "seconds": 5}


@pytest.mark.parametrize(
    "request_",
    [None, [], "GET", {}, FORM | {"url": 7}, FORM | {"headers": []}, FORM | {"seconds": "5"}, FORM | {"method": "PUT"}],
)
def test_what_is_no_request_is_refused(request_: object) -> None:
    assert isinstance(read(request_), str)


@pytest.mark.parametrize(("seconds", "kept"), [(5, 5), (-1, 0.1), (10**9, 30.0)])
def test_time_is_bounded(seconds: float, kept: float) -> None:
    asked = read(FORM | {"seconds": seconds})
    assert isinstance(asked, Asked)
    assert asked.seconds == kept


def test_time_that_is_no_number_is_refused() -> None:
    """A timer that is never due, and never not due, would hold up all others of its loop."""
    assert isinstance(read(FORM | {"seconds": float("nan")}), str)


async def test_a_frame_that_is_nested_too_deeply_is_no_fault_of_ours() -> None:
    code = (
        "import requests\n"
        "content = b'[' * 60_000\n"
        "requests.Session.line._socket.sendall(len(content).to_bytes(4, 'big') + content)\n"
        "'sent'"
    )
    assert (await ran(code, Teller())).response == "sent"


async def test_a_program_that_asks_has_many_threads_but_no_processes() -> None:
    """Each process would have memory of its own; together they would take all of the machine's."""
    code = (
        "import os, threading\n"
        "def forked():\n"
        "    try: child = os.fork()\n"
        "    except OSError: return False\n"
        "    if not child: os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "    return True\n"
        "done = []\n"
        "threads = [threading.Thread(target=done.append, args=(1,)) for _ in range(20)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "[forked(), len(done)]"
    )
    result = await ran(code, Teller())
    assert result.response == "[False, 20]", result.errors
