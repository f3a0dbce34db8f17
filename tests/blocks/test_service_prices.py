"""What blocks cost that use a key of the installation, for which somebody is paid by the call."""

from contextlib import suppress
from typing import Any

import pytest

from blocks.base import Block
from blocks.context import Stats
from blocks.errors import BlockError
from blocks.library.dataforseo import DataForSeoKeywordSuggestionsBlock, DataForSeoRelatedKeywordsBlock
from blocks.library.firecrawl import FirecrawlCrawlBlock
from blocks.library.google_maps import GoogleMapsSearchBlock
from blocks.prices import CostType, price_for, settled_cost
from tests.blocks.behaviours import block_named
from tests.blocks.canned import CannedWeb
from tests.blocks.fakes import make_context
from tests.blocks.running import credentials_for, outputs, references

FLUX, SEO = "ReplicateFluxAdvancedModel", "https://api.dataforseo.com/v3/dataforseo_labs/google"
ENLARGED = {"upscale": "AI Upscale"}


@pytest.mark.parametrize(
    ("name", "inputs", "credits"),
    [
        ("IdeogramModel", {}, 6),
        ("IdeogramModel", {"ideogram_model_name": "V_3", "upscale": "No Upscale"}, 6),
        ("IdeogramModel", {"ideogram_model_name": "V_1_TURBO"}, 6),
        ("IdeogramModel", {"ideogram_model_name": "V_2"}, 8),
        ("IdeogramModel", {"ideogram_model_name": "V_2"} | ENLARGED, 14),
        ("IdeogramModel", ENLARGED, 14),
        (FLUX, {}, 1),
        (FLUX, {"replicate_model_name": "Flux Schnell"}, 1),
        (FLUX, {"replicate_model_name": "Flux Pro 1.1"}, 4),
        (FLUX, {"replicate_model_name": "Flux Pro"}, 6),
        ("AIShortformVideoCreator", {}, 60),
        ("AIShortformVideoCreator", {"video_style": "stockVideo"}, 60),
        ("AIShortformVideoCreator", {"video_style": "movingImage"}, 150),
        ("AIShortformVideoCreator", {"video_style": "aiVideo"}, 400),
        ("AIImageGenerator", {}, 8),
        ("AIImageGenerator", {"quality": "high"}, 25),
        ("FirecrawlExtract", {}, 15),
        ("FirecrawlExtract", {"enable_web_search": True}, 30),
        ("FirecrawlMapWebsite", {}, 1),
        ("SearchTheWeb", {}, 2),
    ],
)
def test_a_run_costs_by_its_inputs(name: str, inputs: dict[str, Any], credits: int) -> None:
    price = price_for(block_named(name).prices, inputs)

    assert (price.type, price.amount) == (CostType.RUN, credits)


def crawled(**more: Any) -> dict[str, Any]:
    return {
        "POST https://api.firecrawl.dev/v2/crawl": {"id": "c"},
        "GET https://api.firecrawl.dev/v2/crawl/c": {"status": "completed", "data": [{"markdown": "x"}] * 3, **more},
    }


def searched(method: str, **more: Any) -> dict[str, Any]:
    return {f"POST {SEO}/{method}/live": {"status_code": 20000, "tasks": [{"status_code": 20000}], **more}}


def placed(count: int) -> dict[str, Any]:
    return {"POST https://places.googleapis.com/v1/places:searchText": {"places": [{"id": "p"}] * count}}


SUGGESTIONS, RELATED = DataForSeoKeywordSuggestionsBlock(), DataForSeoRelatedKeywordsBlock()


@pytest.mark.parametrize(
    ("block", "inputs", "web", "credits"),
    [
        (FirecrawlCrawlBlock(), {"url": "https://x.org"}, crawled(creditsUsed=15), 8),
        (FirecrawlCrawlBlock(), {"url": "https://x.org"}, crawled(completed=4), 2),
        (FirecrawlCrawlBlock(), {"url": "https://x.org"}, crawled(creditsUsed="many"), 2),
        (FirecrawlCrawlBlock(), {"url": "https://x.org"}, crawled(creditsUsed=-5, data=[]), 0),
        (SUGGESTIONS, {"keyword": "tea"}, searched("keyword_suggestions", cost=0.0201), 3),
        (SUGGESTIONS, {"keyword": "tea"}, searched("keyword_suggestions", cost=0.31), 35),
        (RELATED, {"keyword": "tea", "include_clickstream_data": True}, searched("related_keywords", cost=0.62), 69),
        (RELATED, {"keyword": "tea"}, searched("related_keywords"), 0),
        (RELATED, {"keyword": "tea"}, searched("related_keywords", cost=-1), 0),
        (RELATED, {"keyword": "tea"}, searched("related_keywords", cost=True), 0),
        (GoogleMapsSearchBlock(), {"query": "cafés"}, placed(3), 4),
        (GoogleMapsSearchBlock(), {"query": "nothing"}, placed(0), 4),
    ],
)
async def test_a_run_costs_by_what_its_service_took(
    block: Block, inputs: dict[str, Any], web: dict[str, Any], credits: int
) -> None:
    price, stats = price_for(block.prices, inputs), await used(block, inputs, web)

    assert settled_cost(price, stats.usage(0)) == credits <= price.hold


@pytest.mark.parametrize(
    ("block", "inputs", "web", "used_up"),
    [
        (
            FirecrawlCrawlBlock(),
            {"url": "https://x.org"},
            crawled(status="failed", creditsUsed=9),
            {"items": 9},
        ),
        (
            SUGGESTIONS,
            {"keyword": "tea"},
            searched("keyword_suggestions", status_code=50000, cost=0.01),
            {"usd": "0.01"},
        ),
    ],
)
async def test_what_a_service_took_for_a_failure_counts_too(
    block: Block, inputs: dict[str, Any], web: dict[str, Any], used_up: dict[str, Any]
) -> None:
    assert (await used(block, inputs, web)).as_dict() == used_up


async def used(block: Block, inputs: dict[str, Any], web: dict[str, Any]) -> Stats:
    """What the block has counted when it has ended."""
    context = make_context(web=CannedWeb(web), credentials=credentials_for(block))
    with suppress(BlockError):
        await outputs(block, references(block) | inputs, context)
    return context.stats
