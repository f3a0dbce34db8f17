"""Whoever has read what a model wrote pays for it, though the model was not let finish."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from executor.hosting.services import configured_models
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from tests.blocks.chat_server import BROKEN, ChatServer, chat_server
from tests.executor.books import assert_books, charges
from tests.executor.building import build, with_policy
from tests.executor.running import fresh, node_executions, started
from tests.executor.watching import Watch, watching
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "A long story. " * 100


@pytest.fixture
def watch(redis_url: str, settings: LazySettings) -> Iterator[Watch]:
    """A model that costs one credit for a hundred tokens."""
    settings.MODEL_PROVIDER, settings.MODEL_API_KEY = "custom", "key"
    settings.MODEL_UNKNOWN_PRICE = "100000000:100000000"
    with watching() as made:
        yield made
    configured_models.cache_clear()


def writing(**policy: Any) -> GraphExecution:
    document = build({"ai": ("AITextGenerator", {"prompt": "Tell me a story.", "model": "clever"})})
    return started(make_user(credits=10_000), with_policy(document, "ai", **policy))


async def told(execution: GraphExecution, settings: LazySettings, watch: Watch, then: Any) -> ChatServer:
    pieces: asyncio.Queue[Any] = asyncio.Queue()
    pieces.put_nowait(TEXT)
    async with chat_server((200, pieces)) as server:
        settings.MODEL_BASE_URL = server.base_url
        configured_models.cache_clear()
        running = asyncio.create_task(run_execution(str(execution.id)))
        await watch.until(lambda: watch.newest().startswith(TEXT[:1000]))
        await then()
        await asyncio.wait_for(running, 20)
        pieces.put_nowait(BROKEN)
    return server


def test_whoever_stops_a_model_pays_for_what_was_seen(watch: Watch, settings: LazySettings) -> None:
    execution = writing()

    async def stop() -> None:
        await asyncio.to_thread(request_cancel, execution)

    asyncio.run(told(execution, settings, watch, stop))

    ended = fresh(execution)
    (row,) = node_executions(ended, "ai")
    assert row.stats["output_token_count"] == len(TEXT) / 4
    assert (ended.status, row.cost) == (Status.TERMINATED, -sum(charges(ended)))
    assert row.cost > 0
    assert_books(ended)


def test_a_time_limit_of_the_users_own_does_not_make_it_free(watch: Watch, settings: LazySettings) -> None:
    execution = writing(timeout_seconds=1)

    async def wait() -> None:
        """Until the limit is reached."""

    asyncio.run(told(execution, settings, watch, wait))

    ended = fresh(execution)
    (row,) = node_executions(ended, "ai")
    assert row.status == Status.FAILED
    assert "timeout_seconds" in row.error
    assert row.cost == -sum(charges(ended)) > 0
    assert_books(ended)
