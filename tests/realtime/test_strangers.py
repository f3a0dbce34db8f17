"""Nobody is told of anything that is not theirs, however they ask."""

import json
import random
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async

from realtime.limits import Limits
from reliability.ids import uuid7
from tests.realtime.cast import Client, Opener, Scene
from tests.realtime.test_following import QUIET_SECONDS, ask, receive

#: The guesses must come as fast as they are answered.
EAGER = Limits(frames_at_once=1_000_000)
GUESSES = 500
MANY_GUESSES = 10_000


def neighbour(known: str, dice: random.Random) -> str:
    """An id that looks like one of somebody else's."""
    return str(UUID(int=UUID(known).int ^ (1 << dice.randrange(128))))


def spellings(known: str) -> list[str]:
    """Other ways to write an id."""
    return [known.upper(), known.replace("-", ""), f"{{{known}}}", f" {known}", f"urn:uuid:{known}", f"{known}\x00"]


def requests(scene: Scene, count: int) -> list[dict[str, Any]]:
    """Every kind of channel, with ids that are borrowed, near to one, or made up, and with every way to come back."""
    dice = random.Random(1)
    mine, graph = str(scene.execution.id), str(scene.execution.graph_id)
    found = []
    for number in range(count):
        execution_id = [mine, neighbour(mine, dice), str(uuid7()), graph, dice.choice(spellings(mine))][number % 5]
        after = dice.choice([{}, {"after": 0}, {"after": dice.randrange(2**40)}, {"after": None}, {"snapshot": True}])
        found += [
            {"method": "subscribe_graph_execution", "data": {"graph_exec_id": execution_id, **after}},
            {"method": "subscribe_graph_executions", "data": {"graph_id": execution_id if number % 2 else graph}},
            {"method": "unsubscribe", "data": {"graph_exec_id": execution_id}},
        ]
    return found


async def refused(client: Client, request: dict[str, Any]) -> None:
    await client.send_to(text_data=json.dumps(request))
    answer = await receive(client)
    if request["method"] == "unsubscribe":
        assert answer["success"]
    else:
        wanted = next(iter(request["data"].values()))
        assert (answer["method"], answer["success"], answer["data"]) == ("error", False, None)
        assert answer["error"].endswith(f"#{wanted} not found")


@pytest.mark.parametrize("count", [GUESSES, pytest.param(MANY_GUESSES, marks=pytest.mark.slow)])
async def test_stranger_who_guesses_and_borrows_is_told_of_nothing(scene: Scene, connect: Opener, count: int) -> None:
    grace = await connect(scene.grace_key, limits=EAGER)
    for place, request in enumerate(requests(scene, count)):
        await refused(grace, request)
        if place % 100 == 0:
            await scene.commit(scene.graph_event(place + 1, "RUNNING"), scene.node_event(place + 2))
    await scene.commit(scene.graph_event(10**9, "FAILED"))
    assert await grace.receive_nothing(QUIET_SECONDS)


async def test_owner_is_told_under_one_spelling_only(scene: Scene, connect: Opener) -> None:
    client = await connect(limits=EAGER)
    for spelling in spellings(str(scene.execution.id)):
        answer = await ask(client, "subscribe_graph_execution", graph_exec_id=spelling)
        assert answer["error"] == f"Graph execution #{spelling} not found"


async def test_execution_that_is_given_away_is_not_found_any_more(scene: Scene, connect: Opener) -> None:
    scene.execution.user = scene.grace
    await sync_to_async(scene.execution.save)()
    answer = await ask(await connect(), "subscribe_graph_execution", graph_exec_id=str(scene.execution.id))
    assert answer["error"] == f"Graph execution #{scene.execution.id} not found"
