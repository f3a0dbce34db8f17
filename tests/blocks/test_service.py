from typing import Any

import pytest

from blocks.credentials import Credential, CredentialType
from blocks.errors import BlockError
from blocks.service import SHOWN, Service, text_in
from blocks.web import Answer
from reliability.secrets import MASK, Secret
from tests.blocks.canned import CannedWeb
from tests.blocks.fakes import make_context
from tests.blocks.running import CANARY, make_credential
from tests.world.server import World

THING = Service("The thing", "https://api.example.org")
ASKED = "GET https://api.example.org/one"


async def ask(said: Any, *, credential: Credential | None = None, **request: Any) -> tuple[Any, dict[str, Any]]:
    """The answer, and how it was asked for."""
    web = CannedWeb({ASKED: said})
    context = make_context(web=web, credentials={"credentials": credential or make_credential("thing")})
    return await THING.ask(context, "GET", "/one", **request), web.asked[0]


async def refusal(said: Any, **options: Any) -> BlockError:
    with pytest.raises(BlockError) as caught:
        await ask(said, **options)
    return caught.value


async def test_service_is_asked_with_the_credential_at_its_own_host_only() -> None:
    answer, asked = await ask({"a": 1}, params={"b": 2, "c": None}, headers={"X-More": "1"})

    assert answer == {"a": 1}
    assert asked["headers"] == {"Authorization": Secret(f"Bearer {CANARY}"), "X-More": "1"}
    assert asked["params"] == {"b": 2}
    assert asked["hosts"] == frozenset({"api.example.org"})


async def test_credential_that_names_its_hosts_goes_to_no_other(world: World) -> None:
    world.says(ASKED, {"a": 1})
    credential = make_credential("thing", hosts=frozenset({"other.example.org"}))
    context = make_context(web=world.web(), credentials={"credentials": credential})

    with pytest.raises(BlockError, match=r"api\.example\.org"):
        await THING.ask(context, "GET", "/one")
    assert world.calls == []


async def test_empty_answer_is_an_empty_object() -> None:
    assert (await ask((204, b"")))[0] == {}


async def test_node_without_credentials_asks_nobody() -> None:
    web = CannedWeb({ASKED: {}})

    with pytest.raises(BlockError, match="The thing needs credentials"):
        await THING.ask(make_context(web=web), "GET", "/one")
    assert web.asked == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "No."}, "No."),
        ({"error": {"code": 1, "message": "No."}}, "No."),
        ({"error": "No."}, "No."),
        ({"ok": False, "description": "No."}, "No."),
        ({"errors": [{"message": "No."}, {"message": "Never."}]}, "No."),
        (["No."], "No."),
        ({"message": {"message": {"message": {"message": {"message": "too deep"}}}}}, ""),
        ({"code": 5}, ""),
        ("<html>No</html>\n", "<html>No</html>"),
        (b"[" * 5_000, "[" * SHOWN),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("", ""),
    ],
)
async def test_message_of_the_service_is_found(body: Any, message: str) -> None:
    told = str(await refusal((418, body)))

    assert told == f"The thing answered with status 418{f': {message}' if message else '.'}"


async def test_long_message_is_cut() -> None:
    assert str(await refusal((400, {"message": "x" * 10_000}))).count("x") == SHOWN


@pytest.mark.parametrize("before", range(SHOWN - len(CANARY), SHOWN + 1))
async def test_secret_is_masked_before_the_message_is_cut(before: int) -> None:
    told = str(await refusal((400, {"message": "x" * before + CANARY})))

    assert CANARY[:4] not in told


async def test_every_secret_of_a_credential_is_masked() -> None:
    credential = make_credential("thing", CredentialType.HOST_SCOPED, hosts=frozenset(), secret=Secret("other-secret"))

    told = str(await refusal((400, {"message": f"{CANARY} and other-secret"}), credential=credential))

    assert told == f"The thing answered with status 400: {MASK} and {MASK}"


async def test_trouble_on_the_way_is_masked_and_leaves_no_trace() -> None:
    class Loud(CannedWeb):
        async def request(self, method: str, url: str, **options: Any) -> Answer:
            raise BlockError(f"{url}?key={CANARY} did not answer.")

    context = make_context(web=Loud(), credentials={"credentials": make_credential("thing")})
    with pytest.raises(BlockError, match=f"key={MASK} did not answer") as caught:
        await THING.ask(context, "GET", "/one")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_refusal_can_be_told_by_its_status() -> None:
    assert (await refusal((409, ""))).data["status"] == 409


async def test_pause_that_the_service_wants_is_told() -> None:
    assert str(await refusal((429, {"message": "Slow down."}, {"retry-after": "30"}))) == (
        "The thing answered with status 429: Slow down. It may be asked again in 30 seconds."
    )
    assert "asked again" not in str(await refusal((429, "", {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"})))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("<html>", "The thing did not answer with JSON."),
        ([1], "The thing answered in a form that is not documented."),
        ("3", "The thing answered in a form that is not documented."),
        ('{"a": NaN}', "The thing did not answer with JSON."),
    ],
)
async def test_answer_that_is_none_is_told(said: Any, told: str) -> None:
    assert str(await refusal(said)) == told


@pytest.mark.parametrize(
    ("answer", "keys", "text"),
    [
        ({"a": {"b": "c"}}, ("a", "b"), "c"),
        ({"a": {"b": 5}}, ("a", "b"), "5"),
        ({"a": None}, ("a",), ""),
        ({"a": None}, ("a", "b"), ""),
        ({"a": [1]}, ("a", "b"), ""),
        (None, ("a",), ""),
        ({"a": 0}, ("a",), "0"),
    ],
)
def test_text_is_found_or_empty(answer: Any, keys: tuple[str, ...], text: str) -> None:
    assert text_in(answer, *keys) == text
