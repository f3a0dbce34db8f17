"""Who may open a socket."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from django.utils import timezone

from accounts.key_status import revoke, suspend
from accounts.keys import find, issue
from accounts.models import ApiKey, User
from accounts.tickets import LIFETIME, issue_ticket
from api.scopes import Scope
from realtime.checks import check_origins
from realtime.limits import Limits
from realtime.origin import is_trusted
from tests.realtime.cast import Client, Scene, close_code, page_headers, sign_in, socket

IMPATIENT = Limits(sign_in_seconds=0.05)


async def refusal(communicator: Client) -> int:
    """The socket is accepted, so that a browser can see why it is closed."""
    accepted, _ = await communicator.connect()
    assert accepted
    code = await close_code(communicator)
    await communicator.disconnect()
    return code


async def answers(communicator: Client) -> bool:
    await communicator.send_to(text_data='{"method": "heartbeat", "data": "ping"}')
    return "pong" in await communicator.receive_from()


async def is_open(communicator: Client) -> bool:
    accepted, _ = await communicator.connect()
    answered = await answers(communicator)
    await communicator.disconnect()
    return accepted and answered


async def sent_first(headers: dict[str, str] | None = None, **data: str) -> Client:
    """A socket that says in its first frame who it is."""
    communicator = socket(headers=headers)
    await communicator.connect()
    await communicator.send_to(text_data=json.dumps({"method": "authenticate", "data": data}))
    return communicator


async def ticket_of(scene: Scene) -> str:
    return await sync_to_async(issue_ticket)(scene.ada, api_key=await key_of(scene))


async def key_of(scene: Scene) -> ApiKey:
    key = await sync_to_async(find)(scene.ada_key)
    assert key is not None
    return key


async def test_api_key_in_a_header_opens_a_socket(scene: Scene) -> None:
    assert await is_open(socket(scene.ada_key))
    assert await is_open(socket(headers={"x-api-key": scene.ada_key}))


async def test_api_key_in_the_query_opens_a_socket_unless_that_is_switched_off(
    scene: Scene, settings: LazySettings
) -> None:
    assert await is_open(socket(query=f"?token={scene.ada_key}"))
    settings.SOCKET_TOKEN_IN_URL = False
    assert await refusal(socket(query=f"?token={scene.ada_key}")) == 4003
    assert await is_open(socket(query=f"?ticket={await ticket_of(scene)}"))


async def test_api_key_as_sub_protocol_opens_a_socket_and_is_not_repeated(scene: Scene) -> None:
    communicator = socket(subprotocols=["sluice.v1", f"token.{scene.ada_key}"])
    assert await communicator.connect() == (True, "sluice.v1")
    await communicator.disconnect()


@pytest.mark.parametrize("name", ["token", "ticket"])
async def test_api_key_or_ticket_in_the_first_frame_opens_a_socket(scene: Scene, name: str) -> None:
    proof = scene.ada_key if name == "token" else await ticket_of(scene)
    communicator = await sent_first(**{name: proof})
    answer = json.loads(await communicator.receive_from())
    assert (answer["method"], answer["success"]) == ("authenticate", True)
    assert await answers(communicator)
    await communicator.disconnect()


async def test_wrong_key_in_the_first_frame_closes_as_invalid(scene: Scene) -> None:
    communicator = await sent_first(token="slk_nonsense")
    assert await close_code(communicator) == 4003


async def test_ticket_opens_one_socket(scene: Scene) -> None:
    ticket = await ticket_of(scene)
    assert await is_open(socket(query=f"?ticket={ticket}"))
    assert await refusal(socket(query=f"?ticket={ticket}")) == 4003


async def test_ticket_ends_after_a_minute(scene: Scene) -> None:
    made_at = timezone.now() - LIFETIME
    ticket = await sync_to_async(issue_ticket)(scene.ada, api_key=await key_of(scene), now=made_at)
    assert await refusal(socket(query=f"?ticket={ticket}")) == 4003


async def test_ticket_ends_with_what_it_was_asked_for_with(scene: Scene) -> None:
    key, session = await key_of(scene), await sync_to_async(sign_in)(scene.ada)
    by_key = await sync_to_async(issue_ticket)(scene.ada, api_key=key)
    by_session = await sync_to_async(issue_ticket)(scene.ada, session_key=session.session_key or "")
    await sync_to_async(revoke)(key)
    await session.adelete()
    assert await refusal(socket(query=f"?ticket={by_key}")) == 4003
    assert await refusal(socket(query=f"?ticket={by_session}")) == 4003


async def test_ticket_of_a_user_who_was_deactivated_names_nobody(scene: Scene) -> None:
    ticket = await ticket_of(scene)
    scene.ada.is_active = False
    await scene.ada.asave()
    assert await refusal(socket(query=f"?ticket={ticket}")) == 4002


async def test_who_says_nothing_is_closed_as_missing(scene: Scene) -> None:
    assert await refusal(socket(limits=IMPATIENT)) == 4001


async def test_who_asks_before_saying_who_they_are_is_closed_as_missing(scene: Scene) -> None:
    communicator = socket()
    await communicator.connect()
    request = {"method": "subscribe_graph_execution", "data": {"graph_exec_id": str(scene.execution.id)}}
    await communicator.send_to(text_data=json.dumps(request))
    assert await close_code(communicator) == 4001


async def test_who_is_known_is_not_closed_for_having_said_it_in_the_handshake(scene: Scene) -> None:
    communicator = socket(scene.ada_key, limits=IMPATIENT)
    await communicator.connect()
    assert await communicator.receive_nothing(0.2)
    await communicator.send_to(text_data=json.dumps({"method": "authenticate", "data": {"token": scene.grace_key}}))
    assert json.loads(await communicator.receive_from())["error"] == "This socket is authenticated already"
    await communicator.disconnect()


async def test_wrong_key_closes_as_invalid(scene: Scene) -> None:
    assert await refusal(socket("slk_nonsense")) == 4003


async def test_key_that_is_suspended_or_expired_closes_as_invalid(scene: Scene) -> None:
    await sync_to_async(suspend)(await key_of(scene))
    assert await refusal(socket(scene.ada_key)) == 4003
    await ApiKey.objects.filter(user=scene.grace).aupdate(expires_at=timezone.now())
    assert await refusal(socket(scene.grace_key)) == 4003


async def test_key_that_may_not_read_executions_closes_as_invalid(scene: Scene) -> None:
    _, plain = await sync_to_async(issue)(scene.ada, name="writer", scopes=[Scope.WRITE_GRAPH])
    assert await refusal(socket(plain)) == 4003


async def test_wrong_key_is_not_made_up_for_by_a_session(scene: Scene) -> None:
    session = await sync_to_async(sign_in)(scene.ada)
    assert await refusal(socket("slk_nonsense", headers=page_headers(session.session_key or ""))) == 4003


async def test_session_opens_a_socket_for_a_page_of_this_site(scene: Scene) -> None:
    session = await sync_to_async(sign_in)(scene.ada)
    assert await is_open(socket(headers=page_headers(session.session_key or "")))


async def test_staff_who_must_have_a_second_factor_open_none_without_it(scene: Scene, settings: LazySettings) -> None:
    await sync_to_async(User.objects.filter(pk=scene.ada.pk).update)(is_staff=True)
    session = await sync_to_async(sign_in)(scene.ada)
    headers = page_headers(session.session_key or "")
    assert await is_open(socket(headers=headers))
    settings.STAFF_SECOND_FACTOR_REQUIRED = True
    assert await refusal(socket(headers=headers, limits=IMPATIENT)) == 4001


async def test_cookie_that_is_no_session_is_nobodys(scene: Scene) -> None:
    for text in ("", "nonsense", r'"\000"'):
        assert await refusal(socket(headers=page_headers(text), limits=IMPATIENT)) == 4001


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
async def test_session_does_not_open_a_socket_for_another_site(scene: Scene, origin: str | None) -> None:
    session = await sync_to_async(sign_in)(scene.ada)
    headers = {"cookie": f"sessionid={session.session_key}", "host": "localhost"}
    assert await refusal(socket(headers=headers | ({"origin": origin} if origin else {}))) == 4003


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
        ("https://sluice.example.org.evil.example", False),
        ("https://slüice.example.org", False),
        ("https://xn--slice-lva.example.org", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
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


@pytest.mark.parametrize(
    ("hosts", "origins", "wrong"),
    [
        (["localhost", "sluice.example.org"], ["https://sluice.example.org", "https://*.example.org:8443"], []),
        (["*"], [], ["realtime.E001"]),
        (["localhost"], ["*"], ["realtime.E002"]),
        (
            ["localhost"],
            ["https://*", "sluice.example.org", "https://", "https://a.example/path"],
            ["realtime.E002"] * 4,
        ),
    ],
)
def test_settings_that_trust_everybody_do_not_start(
    settings: LazySettings, hosts: list[str], origins: list[str], wrong: list[str]
) -> None:
    settings.ALLOWED_HOSTS, settings.CSRF_TRUSTED_ORIGINS = hosts, origins
    assert [error.id for error in check_origins()] == wrong
