"""What one client may ask for and hold up, and how it is told that it was too much."""

import asyncio
import json
from contextlib import suppress
from sys import getsizeof
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import LazySettings
from redis.asyncio import Redis

from realtime.limits import Limits
from realtime.outbox import Outbox, TooSlow
from realtime.pace import Pace
from realtime.places import keep_places, take_place
from realtime.places import key as places_key
from tests.realtime.cast import Opener, Scene, close_code, new_execution, socket
from tests.realtime.test_following import ask, follow, receive

PING = '{"method": "heartbeat", "data": "ping"}'


async def test_frame_that_is_too_large_closes_the_socket(scene: Scene, connect: Opener) -> None:
    fits, text, data = await connect(), await connect(), await connect()
    await fits.send_to(text_data=json.dumps({"method": "heartbeat", "data": "p" * 60_000}))
    assert (await receive(fits))["data"] == "pong"
    await text.send_to(text_data="ä" * 33_000)
    assert await close_code(text) == 1009
    await data.send_to(bytes_data=b"x" * 65_537)
    assert await close_code(data) == 1009


def test_pace_lets_a_burst_through_and_then_so_many_a_second() -> None:
    pace = Pace(at_once=5, per_second=2)
    assert [pace.allows(0.0) for _ in range(6)] == [True] * 5 + [False]
    assert [pace.allows(1.0) for _ in range(3)] == [True, True, False]
    assert [pace.allows(100.0) for _ in range(6)] == [True] * 5 + [False]


async def test_client_that_sends_too_fast_is_closed(scene: Scene, connect: Opener) -> None:
    client, other = await connect(limits=Limits(frames_at_once=5, frames_per_second=0.001)), await connect()
    for _ in range(6):
        await client.send_to(text_data=PING)
    assert await close_code(client) == 4010
    await other.send_to(text_data=PING)
    assert (await receive(other))["data"] == "pong"


async def test_subscriptions_are_bounded_and_a_place_becomes_free(scene: Scene, connect: Opener) -> None:
    others = [await sync_to_async(new_execution)(scene.ada, scene.version) for _ in range(2)]
    client = await connect(limits=Limits(subscriptions=2))
    for other in others:
        assert (await ask(client, "subscribe_graph_execution", graph_exec_id=str(other.id)))["success"]
    assert (await follow(client, scene))["error"] == "Too many subscriptions: a socket may have 2 at most"
    assert (await ask(client, "subscribe_graph_execution", graph_exec_id=str(others[0].id)))["success"]
    await ask(client, "unsubscribe", graph_exec_id=str(others[1].id))
    assert (await follow(client, scene))["success"]


async def test_user_has_ten_sockets_and_another_user_ten_more(
    scene: Scene, connect: Opener, settings: LazySettings
) -> None:
    settings.SOCKETS_PER_USER_MAX = 3
    first, *_ = [await connect() for _ in range(3)]
    refused = socket(scene.ada_key)
    await refused.connect()
    assert await close_code(refused) == 4009
    assert await (await connect(scene.grace_key)).receive_nothing(0.05)
    await first.disconnect()
    assert await (await connect()).receive_nothing(0.05)


async def test_places_are_counted_exactly_for_many_at_once(scene: Scene) -> None:
    taken = await asyncio.gather(*(take_place((scene.ada.pk, str(number))) for number in range(50)))
    assert sum(taken) == 10
    assert await take_place((scene.grace.pk, "0"))


async def test_places_of_a_server_that_was_killed_are_free_again(scene: Scene, redis_url: str) -> None:
    for number in range(10):
        assert await take_place((scene.ada.pk, str(number)))
    async with Redis.from_url(redis_url) as redis:
        gone = {str(number): 1 for number in range(9)}  # their time is over, as it would be after some seconds
        await redis.zadd(places_key(scene.ada.pk), gone)
        assert 0 < await redis.pttl(places_key(scene.ada.pk)) <= 12_000
    assert [await take_place((scene.ada.pk, f"new {number}")) for number in range(10)] == [True] * 9 + [False]


async def test_places_that_redis_has_lost_are_taken_again(scene: Scene, redis_url: str) -> None:
    await keep_places([(scene.ada.pk, str(number)) for number in range(10)])
    assert not await take_place((scene.ada.pk, "one more"))


async def test_while_redis_is_away_each_process_counts_for_itself(
    scene: Scene, no_redis: None, connect: Opener, settings: LazySettings
) -> None:
    settings.SOCKETS_PER_USER_MAX = 2
    for _ in range(2):
        await connect()
    refused = socket(scene.ada_key)
    await refused.connect()
    assert await close_code(refused) == 4009


class Stuck:
    """A client that takes `takes` frames and then none until it is let go."""

    def __init__(self, takes: int = 0) -> None:
        self.taken: list[str] = []
        self.goes_on = asyncio.Event()
        self._takes = takes

    async def send(self, message: dict[str, Any]) -> None:
        if len(self.taken) >= self._takes:
            await self.goes_on.wait()
        self.taken.append(message["text"])


async def test_client_that_takes_nothing_in_its_time_is_too_slow() -> None:
    outbox = Outbox(Stuck().send, Limits(stall_seconds=0.05))
    outbox.offer("x")
    with pytest.raises(TooSlow):
        await outbox.run()


async def test_large_frame_has_more_time() -> None:
    client = Stuck()
    outbox = Outbox(client.send, Limits(stall_seconds=0.01, bytes_per_second=1000))
    outbox.offer("x" * 100_000)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await outbox.run()


async def test_what_can_wait_waits_and_holds_little() -> None:
    client = Stuck()
    outbox = Outbox(client.send, Limits(room_bytes=1000))
    sending = asyncio.create_task(outbox.run())
    frame = "x" * 400
    for _ in range(1000 // getsizeof(frame) + 1):
        await outbox.put(frame)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(outbox.put(frame), 0.1)
    client.goes_on.set()
    await outbox.put("last")
    while client.taken[-1:] != ["last"]:
        await asyncio.sleep(0)
    sending.cancel()


@pytest.mark.parametrize(
    ("frame", "limits"), [("x", Limits(waiting_frames=20)), ("x" * 500, Limits(waiting_bytes=9000))]
)
async def test_what_cannot_wait_piles_up_to_a_bound(frame: str, limits: Limits) -> None:
    outbox = Outbox(Stuck().send, limits)
    held = 0
    with suppress(TooSlow):
        for held in range(1000):  # noqa: B007
            outbox.offer(frame)
    assert 10 < held <= 20


async def test_many_that_wait_for_room_do_not_all_go_in_at_once() -> None:
    client = Stuck(takes=1)
    outbox = Outbox(client.send, Limits(room_bytes=200))
    sending = asyncio.create_task(outbox.run())
    frames = [asyncio.create_task(outbox.put("x" * 300)) for _ in range(50)]
    await asyncio.sleep(0.05)
    assert sum(task.done() for task in frames) <= 3
    for task in (*frames, sending):
        task.cancel()
