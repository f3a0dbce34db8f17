"""Wrong keys and tickets are counted by address, together with those that the API is asked with."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from rest_framework.test import APIClient

from accounts.key_status import revoke
from accounts.keys import issue
from accounts.tickets import issue_ticket
from api.scopes import Scope
from realtime.limits import Limits
from tests.realtime.cast import Scene, close_code, page_headers, sign_in, socket
from tests.realtime.test_opening import is_open, key_of, refusal, sent_first

GUESSES_MAX = 3
HERE, ELSEWHERE = {"x-forwarded-for": "203.0.113.9, 192.0.2.1"}, {"x-forwarded-for": "192.0.2.2"}
WRONG = f"slk_{'0' * 12}_{'x' * 43}"


@pytest.fixture(autouse=True)
def _few(settings: LazySettings) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = GUESSES_MAX
    settings.TRUSTED_PROXIES = 1


async def guess(times: int, where: dict[str, str] = HERE) -> list[int]:
    return [await refusal(socket(WRONG, headers=where)) for _ in range(times)]


async def test_after_too_many_wrong_keys_no_other_is_looked_up(scene: Scene) -> None:
    assert await guess(GUESSES_MAX + 1) == [4003, 4003, 4003, 4011]
    assert await refusal(socket(scene.ada_key, headers=HERE)) == 4011, "a right key must not be told apart"


@pytest.mark.parametrize("name", ["authorization", "x-api-key", "token.", "?token=", "ticket.", "?ticket=", "frame"])
async def test_they_count_wherever_they_are_written(scene: Scene, name: str) -> None:
    async def once() -> int:
        if name == "frame":
            return await close_code(await sent_first(HERE, token=WRONG))
        ways: dict[str, Any] = {
            "authorization": {"headers": HERE | {"authorization": f"bearer {WRONG}"}},
            "x-api-key": {"headers": HERE | {"x-api-key": WRONG}},
            "token.": {"headers": HERE, "subprotocols": ["sluice.v1", f"token.{WRONG}"]},
            "?token=": {"headers": HERE, "query": f"?token={WRONG}"},
            "ticket.": {"headers": HERE, "subprotocols": ["sluice.v1", "ticket.slt_nonsense"]},
            "?ticket=": {"headers": HERE, "query": "?ticket=slt_nonsense"},
        }
        return await refusal(socket(**ways[name]))

    assert [await once() for _ in range(GUESSES_MAX)] == [4003] * GUESSES_MAX
    assert (await guess(1), await once()) == ([4011], 4003 if "ticket" in name else 4011)


async def test_ticket_lets_in_however_much_was_guessed_at_its_address(scene: Scene) -> None:
    ticket = await sync_to_async(issue_ticket)(scene.ada, api_key=await key_of(scene))
    assert await guess(GUESSES_MAX + 1) == [4003, 4003, 4003, 4011]
    assert await is_open(socket(headers=HERE, query=f"?ticket={ticket}"))
    assert await refusal(socket(headers=HERE, query=f"?ticket={ticket}")) == 4003, "it counts once"


async def test_key_that_was_good_a_moment_ago_is_no_guess(scene: Scene) -> None:
    assert await is_open(socket(scene.ada_key, headers=HERE))
    await guess(GUESSES_MAX)
    assert await is_open(socket(scene.ada_key, headers=HERE))
    await sync_to_async(revoke)(await key_of(scene))
    assert [await refusal(socket(scene.ada_key, headers=HERE)) for _ in range(2)] == [4003, 4011]


async def test_another_address_may_still_come(scene: Scene) -> None:
    await guess(GUESSES_MAX)
    assert await is_open(socket(scene.ada_key, headers=ELSEWHERE))


async def test_session_is_no_guess(scene: Scene) -> None:
    session = await sync_to_async(sign_in)(scene.ada)
    await guess(GUESSES_MAX)
    assert await is_open(socket(headers=HERE | page_headers(session.session_key or "")))
    assert await refusal(socket(headers=HERE, limits=Limits(sign_in_seconds=0.05))) == 4001


async def test_key_that_lacks_the_scope_is_no_guess(scene: Scene) -> None:
    _, plain = await sync_to_async(issue)(scene.ada, name="writer", scopes=[Scope.WRITE_GRAPH])
    assert [await refusal(socket(plain, headers=HERE)) for _ in range(GUESSES_MAX + 1)] == [4003] * (GUESSES_MAX + 1)
    assert await is_open(socket(scene.ada_key, headers=HERE))


async def test_guesses_at_the_api_count_here_and_those_here_count_there(scene: Scene) -> None:
    def asked(key: str) -> int:
        return APIClient(REMOTE_ADDR="192.0.2.1").get("/api/v1/graphs", HTTP_X_API_KEY=key).status_code

    assert await guess(1) == [4003]
    assert [await sync_to_async(asked)(WRONG) for _ in range(3)] == [401, 401, 429]
    assert await guess(1) == [4011]


async def test_address_is_that_of_the_connection_if_no_proxy_is_trusted(scene: Scene, settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = 0
    for number in range(GUESSES_MAX):
        await guess(1, {"x-forwarded-for": f"192.0.2.{number}"})
    assert await guess(1, ELSEWHERE) == [4011]


async def test_zero_is_no_limit(scene: Scene, settings: LazySettings) -> None:
    settings.API_FAILED_SIGN_INS_PER_MINUTE = 0
    assert await guess(GUESSES_MAX + 2) == [4003] * (GUESSES_MAX + 2)
