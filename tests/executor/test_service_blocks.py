"""Blocks of services in executions: who pays, and that work at a service ends with the node that wants it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.credentials.contents import Contents
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from executor.hosting.services import door
from executor.jobs import run_execution
from executor.models import GraphExecution
from executor.statuses import Status
from executor.stopping.cancel import request_cancel
from graphs.document import GraphDocument
from reliability.secrets import Secret
from tests.executor.awaiting import until
from tests.executor.books import assert_books
from tests.executor.building import build, result, with_policy
from tests.executor.running import fresh, node_executions, outputs, ran, started
from tests.factories import make_user
from tests.world.firecrawl import CANCEL_CRAWL, CRAWL_STATUS, Firecrawl
from tests.world.server import World
from tests.world.server import world as opened

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def world(settings: Any) -> Iterator[World]:
    """Firecrawl in it, at the end of the door that the worker has."""
    with opened() as made:
        Firecrawl(made, looks=0).open()
        settings.SERVICE_ADDRESSES = made.service_addresses
        door.cache_clear()
        yield made
    door.cache_clear()


def crawling(user: User) -> GraphDocument:
    key = make_credential(
        user, provider="firecrawl", type=CredentialType.API_KEY, contents=Contents(secret=Secret("fc-canary"))
    )
    named = {"id": str(key.id), "provider": "firecrawl", "type": "api_key"}
    inputs = {"url": "https://example.org", "formats": ["html"], "limit": 1, "credentials": named}
    return build({"crawl": ("FirecrawlCrawl", inputs), "out": result("page")}, ["crawl.html -> out.value"])


def endless(world: World) -> None:
    world.says(CRAWL_STATUS, {"status": "scraping", "data": []})


def cancelled(world: World) -> int:
    return len(world.asked(*CANCEL_CRAWL.split()))


async def _run_then_stop(execution: GraphExecution, world: World) -> None:
    task = asyncio.create_task(run_execution(str(execution.id)))
    await until(lambda: world.asked(*CRAWL_STATUS.split()), task)
    await asyncio.to_thread(request_cancel, execution)
    await asyncio.wait_for(task, 20)


def test_a_crawl_runs_with_the_owners_key(ada: User, world: World) -> None:
    execution = ran(ada, crawling(ada))
    assert execution.status == Status.COMPLETED
    assert outputs(execution) == {"page": ["<h1>Page 0</h1>"]}
    assert {call.headers["authorization"] for call in world.calls} == {"Bearer fc-canary"}
    assert cancelled(world) == 0
    assert_books(execution)


def test_who_is_stopped_cancels_the_crawl(ada: User, world: World) -> None:
    endless(world)
    execution = started(ada, crawling(ada))
    asyncio.run(_run_then_stop(execution, world))
    assert fresh(execution).status == Status.TERMINATED
    assert cancelled(world) == 1
    assert_books(fresh(execution))


def test_a_crawl_that_takes_too_long_is_cancelled(ada: User, world: World) -> None:
    endless(world)
    execution = ran(ada, with_policy(crawling(ada), "crawl", timeout_seconds=0.5))
    [crawl] = node_executions(execution, "crawl")
    assert crawl.status == Status.FAILED
    assert "0.5 seconds" in crawl.error
    assert cancelled(world) == 1
