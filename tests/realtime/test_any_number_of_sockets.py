"""Without a limit a user has as many sockets as they like."""

from typing import TYPE_CHECKING

from realtime.places import keep_places, take_place

if TYPE_CHECKING:
    from django.conf import LazySettings

    from tests.realtime.cast import Opener, Scene

MANY = 12


async def test_zero_lets_everybody_in(scene: "Scene", connect: "Opener", settings: "LazySettings") -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    for client in [await connect() for _ in range(MANY)]:
        await client.ping()


async def test_zero_lets_everybody_in_while_redis_is_away(
    scene: "Scene", no_redis: None, connect: "Opener", settings: "LazySettings"
) -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    for client in [await connect() for _ in range(3)]:
        await client.ping()


async def test_places_taken_without_a_limit_count_once_there_is_one(scene: "Scene", settings: "LazySettings") -> None:
    settings.SOCKETS_PER_USER_MAX = 0
    holders = [(scene.ada.pk, str(number)) for number in range(3)]
    assert [await take_place(holder) for holder in holders] == [True] * 3
    settings.SOCKETS_PER_USER_MAX = 3
    await keep_places(holders)
    assert not await take_place((scene.ada.pk, "one more"))
