import asyncio
from threading import Event
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.firecrawl import (
    FirecrawlCrawlBlock,
    FirecrawlExtractBlock,
    FirecrawlMapWebsiteBlock,
    full_schema,
)
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.firecrawl import CANCEL_CRAWL, CRAWL, CRAWL_STATUS, EXTRACT, EXTRACT_STATUS, MAP, PAGES, Firecrawl
from tests.world.server import Call, Said, World
from tests.world.troubles import Trouble, assert_told, each_trouble

pytestmark = pytest.mark.usefixtures("without_pauses")

CRAWLING = {"url": "https://example.org"}
EXTRACTING = {"urls": ["https://example.org/*"], "prompt": "What is it?"}


async def test_a_crawl_gives_all_its_pages_and_each_of_them(world: World) -> None:
    Firecrawl(world).open()
    emitted = await ask(FirecrawlCrawlBlock(), CRAWLING | {"formats": ["markdown", "html", "links"]}, world)
    assert emitted[0] == ("data", PAGES)
    assert emitted[1:4] == [
        ("markdown", "# Page 0"),
        ("html", "<h1>Page 0</h1>"),
        ("links", ["https://example.org/"]),
    ]
    assert len(emitted) == 1 + 3 * len(PAGES)
    assert world.calls[0].headers["authorization"] == f"Bearer {CANARY}"


async def test_a_crawl_is_asked_for_as_the_inputs_say(world: World) -> None:
    Firecrawl(world).open()
    wanted = {"limit": 2, "only_main_content": False, "max_age": 5, "wait_for": 6, "formats": ["screenshot@fullPage"]}
    emitted = await ask(FirecrawlCrawlBlock(), CRAWLING | wanted, world)
    assert world.calls[0].json == {
        "url": "https://example.org",
        "limit": 2,
        "scrapeOptions": {
            "formats": [{"type": "screenshot", "fullPage": True}],
            "onlyMainContent": False,
            "maxAge": 5,
            "waitFor": 6,
        },
    }
    assert [name for name, _ in emitted] == ["data", "screenshot_full_page", "screenshot_full_page"]


async def test_the_next_pages_are_asked_for_where_the_service_is(world: World) -> None:
    """Its own address for them leads elsewhere; the key must not go there."""
    Firecrawl(world, looks=0, part=1).open()
    emitted = await ask(FirecrawlCrawlBlock(), CRAWLING, world)
    assert emitted[0] == ("data", PAGES)
    assert [call.params for call in world.asked(*CRAWL_STATUS.split())] == [{}, {"skip": "1"}, {"skip": "2"}]


async def test_a_result_in_endless_parts_is_refused(world: World) -> None:
    Firecrawl(world).open()
    world.says(
        CRAWL_STATUS, {"status": "completed", "data": [], "next": "https://api.firecrawl.dev/v2/crawl/c-1?skip=1"}
    )
    with pytest.raises(BlockError, match="more than 5 parts"):
        await ask(FirecrawlCrawlBlock(), CRAWLING, world)
    assert len(world.asked(*CRAWL_STATUS.split())) == 5


async def test_a_crawl_that_nobody_waits_for_is_cancelled_there(world: World) -> None:
    Firecrawl(world).open()
    looked = Event()

    def under_way(call: Call) -> Said:
        looked.set()
        return {"status": "scraping", "data": []}

    world.says(CRAWL_STATUS, under_way)
    crawl = asyncio.create_task(ask(FirecrawlCrawlBlock(), CRAWLING, world))
    assert await asyncio.to_thread(looked.wait, 10)
    crawl.cancel()
    with pytest.raises(asyncio.CancelledError):
        await crawl
    assert len(world.asked(*CANCEL_CRAWL.split())) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"status": "failed", "error": "robots.txt says no"}, "did not finish the crawl: robots.txt says no"),
        ({"status": "cancelled"}, "did not finish the crawl: cancelled"),
        ({}, "did not finish the crawl"),
        ({"status": "failed", "error": CANARY}, "did not finish the crawl: •"),
    ],
)
async def test_a_failed_crawl_says_why(world: World, said: dict[str, Any], words: str) -> None:
    Firecrawl(world).open()
    world.says(CRAWL_STATUS, said)
    with pytest.raises(BlockError, match=words):
        await ask(FirecrawlCrawlBlock(), CRAWLING, world)


async def test_a_crawl_without_an_id_is_refused(world: World) -> None:
    Firecrawl(world).open()
    world.says(CRAWL, {"success": True})
    with pytest.raises(BlockError, match="an answer without id"):
        await ask(FirecrawlCrawlBlock(), CRAWLING, world)


async def test_data_are_extracted(world: World) -> None:
    Firecrawl(world).open()
    emitted = await ask(FirecrawlExtractBlock(), EXTRACTING | {"output_schema": {"title": "string"}}, world)
    assert emitted == [("data", {"title": "Welcome"})]
    assert world.calls[0].json == {
        "urls": ["https://example.org/*"],
        "prompt": "What is it?",
        "schema": {"type": "object", "properties": {"title": {"type": "string"}}},
        "enableWebSearch": False,
    }


async def test_a_failed_extraction_says_why(world: World) -> None:
    Firecrawl(world).open()
    world.says(EXTRACT_STATUS, {"success": False, "status": "failed", "error": "No page answers"})
    with pytest.raises(BlockError, match="did not extract the data: No page answers"):
        await ask(FirecrawlExtractBlock(), EXTRACTING, world)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"title": {"type": "string"}}},
        {"properties": {"title": {"type": "string"}}},
        {"$ref": "#/$defs/title"},
    ],
)
def test_a_full_schema_stays_as_it_is(schema: dict[str, Any]) -> None:
    assert full_schema(schema) == schema


async def test_a_website_is_mapped(world: World) -> None:
    Firecrawl(world).open()
    emitted = dict(await ask(FirecrawlMapWebsiteBlock(), CRAWLING, world))
    assert emitted["links"] == ["https://example.org/", "https://example.org/prices"]
    assert emitted["results"][1] == {"url": "https://example.org/prices", "title": None, "description": None}


async def test_a_website_that_cannot_be_mapped_says_why(world: World) -> None:
    world.says(MAP, {"success": False, "error": "There is no such site"})
    with pytest.raises(BlockError, match="did not map the website: There is no such site"):
        await ask(FirecrawlMapWebsiteBlock(), CRAWLING, world)


@each_trouble
@pytest.mark.parametrize(
    ("block", "asked", "inputs"),
    [
        (FirecrawlCrawlBlock(), CRAWL, CRAWLING),
        (FirecrawlExtractBlock(), EXTRACT, EXTRACTING),
        (FirecrawlMapWebsiteBlock(), MAP, CRAWLING),
    ],
    ids=["crawl", "extract", "map"],
)
async def test_trouble_is_told(trouble: Trouble, world: World, asked: str, block: Any, inputs: dict[str, Any]) -> None:
    await assert_told(trouble, world, asked, block, inputs)
