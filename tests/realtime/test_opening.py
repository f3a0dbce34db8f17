"""Who may open a socket."""

import pytest
from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import LazySettings

from realtime.origin import is_trusted
from tests.realtime.cast import Scene, session_cookie, socket


async def close_code(communicator: WebsocketCommunicator) -> int:
    """The socket is accepted, so that a browser can see why it is closed."""
    accepted, _ = await communicator.connect()
    assert accepted
    message = await communicator.receive_output()
    assert message["type"] == "websocket.close"
    code: int = message["code"]
    return code


async def is_open(communicator: WebsocketCommunicator) -> bool:
    accepted, _ = await communicator.connect()
    await communicator.send_to(text_data='{"method": "heartbeat", "data": "ping"}')
    answered = "pong" in await communicator.receive_from()
    await communicator.disconnect()
    return accepted and answered


async def test_api_key_in_the_header_opens_a_socket(scene: Scene) -> None:
    assert await is_open(socket(scene.ada_key))


async def test_api_key_in_the_query_opens_a_socket(scene: Scene) -> None:
    assert await is_open(socket(query=f"?token={scene.ada_key}"))


async def test_api_key_as_sub_protocol_opens_a_socket_and_is_not_repeated(scene: Scene) -> None:
    communicator = socket(subprotocols=["sluice.v1", f"token.{scene.ada_key}"])
    assert await communicator.connect() == (True, "sluice.v1")
    await communicator.disconnect()


async def test_without_any_proof_the_socket_is_closed_as_missing(scene: Scene) -> None:
    assert await close_code(socket()) == 4001


async def test_wrong_key_closes_as_invalid(scene: Scene) -> None:
    assert await close_code(socket("slk_nonsense")) == 4003


async def test_wrong_key_is_not_made_up_for_by_a_session(scene: Scene) -> None:
    cookie = await sync_to_async(session_cookie)(scene.ada)
    headers = {"cookie": cookie, "host": "localhost", "origin": "http://localhost"}
    assert await close_code(socket("slk_nonsense", headers=headers)) == 4003


async def test_session_opens_a_socket_for_a_page_of_this_site(scene: Scene) -> None:
    cookie = await sync_to_async(session_cookie)(scene.ada)
    headers = {"cookie": cookie, "host": "localhost:8000", "origin": "http://localhost:8000"}
    assert await is_open(socket(headers=headers))


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
async def test_session_does_not_open_a_socket_for_another_site(scene: Scene, origin: str | None) -> None:
    cookie = await sync_to_async(session_cookie)(scene.ada)
    headers = {"cookie": cookie, "host": "localhost"} | ({"origin": origin} if origin else {})
    assert await close_code(socket(headers=headers)) == 4003


@pytest.mark.parametrize(
    ("origin", "trusted"),
    [
        ("http://localhost:8000", True),
        ("https://localhost:8000", True),
        ("HTTP://LOCALHOST:8000", True),
        ("https://sluice.example.org", True),
        ("https://a.wild.example", True),
        ("http://localhost", False),
        ("http://localhost:9000", False),
        ("http://localhost:8000.evil.example", False),
        ("http://evil-localhost:8000", False),
        ("http://localhost:8000@evil.example", False),
        ("http://sluice.example.org", False),
        ("https://evil-sluice.example.org", False),
        ("https://sluice.example.org:444", False),
        ("https://wild.example.evil", False),
        ("file://localhost:8000", False),
        ("null", False),
        ("http://[", False),
        ("", False),
        (None, False),
    ],
)
def test_origins(settings: LazySettings, origin: str | None, trusted: bool) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://sluice.example.org", "https://*.wild.example"]
    assert is_trusted(origin, host="localhost:8000") is trusted


def test_host_that_is_not_allowed_trusts_nobody() -> None:
    assert not is_trusted("http://rebound.example", host="rebound.example")
