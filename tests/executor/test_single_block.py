"""One block by itself: through the queue and the engine, paid once, with the same limits as any execution."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connections
from redis import Redis

from accounts.models import User
from blocks.errors import UnknownBlock
from blocks.registry import registry
from executor.dispatch.ring import queue
from executor.errors import BlockFailed, BlockNotRunnable, InputInvalid
from executor.jobs import run_execution
from executor.launching.single_block import block_outputs, launch_block
from executor.models import GraphExecution, NodeExecution, Trigger
from graphs.models import Graph
from tests.api.cast import client_of
from tests.executor.blocks import CountBlock, ExplodeBlock, GateBlock, PauseBlock
from tests.executor.books import assert_books, charges
from tests.executor.launching_blocks import ConnectBlock
from tests.executor.running import run
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@contextmanager
def worker(redis_url: str) -> Iterator[None]:
    """Runs the next execution that is rung for, in a thread."""

    def work() -> None:
        with Redis.from_url(redis_url) as redis:
            rung = redis.blpop([queue().key], timeout=20)
        assert rung is not None
        asyncio.run(run_execution(str(UUID(rung[1].decode().removeprefix("execution-")[:36]))))
        connections.close_all()

    thread = Thread(target=work)
    thread.start()
    yield
    thread.join(20)


def test_the_answer_is_what_the_block_gave(ada: User, redis_url: str) -> None:
    with worker(redis_url):
        answer = client_of(ada).post(f"/api/v1/blocks/{CountBlock.id}/execute", {"count": 3}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"number": [0, 1, 2]})
    assert GraphExecution.objects.get().trigger == Trigger.BLOCK


def test_it_is_paid_once_also_when_it_is_asked_again(ada: User) -> None:
    first, second = (
        launch_block(ada, PauseBlock.id, {"value": 1, "seconds": 0}, key="k", request_digest="d", ring=False)
        for _ in range(2)
    )
    assert first.id == second.id
    ended = run(first)
    assert (block_outputs(ended), charges(ended), ended.cost) == ({"value": [2]}, [-1], 1)
    assert_books(ended)


def test_its_graph_is_made_once_and_shown_nowhere(ada: User) -> None:
    for count in (1, 2):
        run(launch_block(ada, CountBlock.id, {"count": count}, ring=False))
    assert Graph.objects.filter(owner=ada).count() == 1
    assert client_of(ada).get("/api/v1/graphs").json() == []
    assert NodeExecution.objects.filter(node__input_default={}).count() == 2
    assert launch_block(make_user("kate@example.org"), CountBlock.id, {"count": 1}, ring=False).graph.owner != ada


def test_a_block_that_fails_says_why_and_what_it_had_given(ada: User) -> None:
    ended = run(launch_block(ada, ExplodeBlock.id, {"value": 7}, ring=False))
    with pytest.raises(BlockFailed, match="boom") as failed:
        block_outputs(ended)
    assert failed.value.data["outputs"] == {"value": [7], "error": ["boom"]}
    assert failed.value.data["execution_id"] == str(ended.id)


def test_a_block_that_takes_too_long_is_answered_with_its_execution(
    ada: User, redis_url: str, settings: LazySettings
) -> None:
    settings.BLOCK_WAIT_SECONDS = 0
    answer = client_of(ada).post(f"/api/v1/blocks/{GateBlock.id}/execute", {"value": 1}, format="json")
    assert (answer.status_code, answer.json()["status"]) == (202, "QUEUED")


def test_a_ceiling_holds(ada: User) -> None:
    ended = run(launch_block(ada, ConnectBlock.id, {"port": 0}, max_cost=1, ring=False))
    with pytest.raises(BlockFailed) as failed:
        block_outputs(ended)
    assert (failed.value.data["error_code"], ended.cost) == ("cost_limit", 0)


def test_a_dry_run_of_a_block_costs_nothing(ada: User) -> None:
    ended = run(launch_block(ada, ConnectBlock.id, {"port": 0}, is_dry_run=True, ring=False))
    assert (block_outputs(ended), ended.cost) == ({"answer": ["simulated answer"], "count": [1]}, 0)


def test_without_credits_nothing_starts() -> None:
    poor = make_user("grace@example.org", credits=0)
    answer = client_of(poor).post(f"/api/v1/blocks/{CountBlock.id}/execute", {"count": 1}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_balance")
    assert not GraphExecution.objects.exists()


@pytest.mark.parametrize(
    ("inputs", "fields"),
    [
        ({}, ["count"]),
        ({"count": 1, "other": 1}, ["other"]),
        ({"count": 1, "trigger": "\x00"}, ["trigger"]),
    ],
)
def test_faulty_inputs_are_refused_by_the_names_of_pins(ada: User, inputs: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(InputInvalid) as refused:
        launch_block(ada, CountBlock.id, inputs, ring=False)
    assert list(refused.value.data["fields"]) == fields


@pytest.mark.parametrize("name", ["AgentExecutor", "HumanInTheLoop", "AgentInput", "AgentOutput", "Note"])
def test_blocks_that_make_sense_in_a_graph_only_are_refused(ada: User, name: str) -> None:
    block = next(block for block in registry if block.name == name)
    with pytest.raises(BlockNotRunnable):
        launch_block(ada, block.id, {}, ring=False)


def test_an_unknown_block_is_not_found(ada: User) -> None:
    with pytest.raises(UnknownBlock):
        launch_block(ada, "nothing", {}, ring=False)
    assert client_of(ada).post("/api/v1/blocks/nothing/execute", {}, format="json").status_code == 404


def test_inputs_that_are_no_object_are_refused(ada: User) -> None:
    answer = client_of(ada).post(f"/api/v1/blocks/{CountBlock.id}/execute", [1], format="json")
    assert answer.status_code == 400
