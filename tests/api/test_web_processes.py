"""Several web servers over real connections: limits that hold over all of them, and bodies that come in odd ways."""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from itertools import cycle
from socket import create_connection
from typing import Any

import pytest

from accounts.keys import issue
from executor.models import GraphExecution
from executor.schedules.models import Schedule
from tests.api.cast import store_echo
from tests.executor.processes import wait_until, web_server
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

REQUESTS, LIMIT, SERVERS = 200, 10, 3
KIND = {"Content-Type": "application/json"}
REDEEM = "/api/v1/credits/redeem"


@pytest.fixture
def key(redis_url: str) -> str:
    return issue(make_user(), name="tests")[1]


def ask(
    address: str, path: str, key: str = "", method: str = "GET", body: Any = None, **headers: str
) -> tuple[int, bytes]:
    connection = HTTPConnection(address, timeout=60)
    try:
        connection.request(method, path, body=body, headers={"X-API-Key": key, **headers} if key else headers)
        answer: HTTPResponse = connection.getresponse()
        assert answer.getheader("Request-Id")
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("who", ["a user", "nobody"])
def test_two_hundred_requests_at_three_servers_at_a_limit_of_ten_are_ten(key: str, who: str) -> None:
    limits = {"API_REQUESTS_PER_MINUTE": str(LIMIT), "API_ANONYMOUS_PER_MINUTE": str(LIMIT)}
    with ExitStack() as running, ThreadPoolExecutor(40) as threads:
        servers = [running.enter_context(web_server(**limits)) for _ in range(SERVERS)]
        spread = [address for address, _ in zip(cycle(servers), range(REQUESTS))]
        path, who_asks = ("/api/v1/me", key) if who == "a user" else ("/api/v1/me", "")
        found = Counter(threads.map(lambda address: ask(address, path, who_asks)[0], spread))
    assert found == {200 if who_asks else 401: LIMIT, 429: REQUESTS - LIMIT}


def pieces(text: bytes) -> Iterator[bytes]:
    yield text[:5]
    yield text[5:]


def test_bodies_in_pieces_are_read_and_bounded_like_others(key: str) -> None:
    with web_server(REQUEST_MAX_BYTES="1000") as address:
        small = ask(address, REDEEM, key, "POST", pieces(b'{"code": "ABCD"}'), **KIND)
        large = ask(address, REDEEM, key, "POST", pieces(b'{"code": "' + b"x" * 1000 + b'"}'), **KIND)
        whole = ask(address, REDEEM, key, "POST", b'{"code": "' + b"x" * 1000 + b'"}', **KIND)
        long = ask(address, f"/api/v1/me?a={'x' * 8192}", key)
    codes = [(status, json.loads(body)["code"]) for status, body in (small, large, whole, long)]
    assert codes == [(400, "code_invalid"), (413, "too_large"), (413, "too_large"), (414, "address_too_long")]


def send_and_hang_up(address: str, path: str, body: bytes, **headers: str) -> None:
    """Without waiting for the answer."""
    host, port = address.split(":")
    lines = [f"POST {path} HTTP/1.1", f"Host: {address}", f"Content-Length: {len(body)}"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""])
    with create_connection((host, int(port)), timeout=60) as client:
        client.sendall(head.encode() + body)


def test_a_client_that_hangs_up_and_sends_again_is_served_once(redis_url: str) -> None:
    """Remembered in the row of the execution, and in the transaction of the effect."""
    ada = make_user(credits=10)
    plain, version = issue(ada, name="tests")[1], store_echo(ada)
    graph, inputs = f"/api/v1/graphs/{version.graph_id}", {"question": "Why?"}
    wishes = {"execute": {"inputs": inputs}, "schedules": {"name": "x", "cron": "0 8 * * *", "inputs": inputs}}
    with web_server() as address:
        for verb, wish in wishes.items():
            path, body = f"{graph}/{verb}", json.dumps(wish).encode()
            headers = KIND | {"X-API-Key": plain, "Idempotency-Key": verb}
            for _ in range(5):
                send_and_hang_up(address, path, body, **headers)
            wait_until(lambda: ask(address, path, "", "POST", body, **headers)[0] in (201, 202))  # noqa: B023
    assert (GraphExecution.objects.count(), Schedule.objects.count()) == (1, 1)
