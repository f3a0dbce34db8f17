from base64 import b64encode
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.dataforseo import DataForSeoKeywordSuggestionsBlock, DataForSeoRelatedKeywordsBlock
from tests.blocks.running import CANARY
from tests.blocks.services import ask
from tests.world.dataforseo import RELATED, SUGGESTIONS, answer, open_dataforseo
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

SEARCHING = {"keyword": "Tea"}

GREEN = {
    "keyword": "green tea",
    "search_volume": 40500,
    "competition": 0.7,
    "cpc": 1.2,
    "keyword_difficulty": 62,
    "serp_info": {"se_results_count": "5230000"},
    "clickstream_data": {"search_volume": 39000},
}
RARE = dict.fromkeys(GREEN) | {"keyword": "tea of the moon"}

each_block = pytest.mark.parametrize(
    ("block", "asked"),
    [(DataForSeoKeywordSuggestionsBlock(), SUGGESTIONS), (DataForSeoRelatedKeywordsBlock(), RELATED)],
    ids=["suggestions", "related"],
)


async def test_suggestions_come_all_together_and_one_by_one(world: World) -> None:
    open_dataforseo(world)
    assert await ask(DataForSeoKeywordSuggestionsBlock(), SEARCHING, world) == [
        ("suggestions", [GREEN, RARE]),
        ("total_count", 2),
        ("seed_keyword", "Tea"),
        ("suggestion", GREEN),
        ("suggestion", RARE),
    ]


async def test_related_keywords_come_all_together_and_one_by_one(world: World) -> None:
    open_dataforseo(world)
    assert await ask(DataForSeoRelatedKeywordsBlock(), SEARCHING | {"depth": 2}, world) == [
        ("related_keywords", [GREEN]),
        ("total_count", 1),
        ("seed_keyword", "Tea"),
        ("related_keyword", GREEN),
    ]
    assert world.calls[0].json[0]["depth"] == 2


@each_block
async def test_the_task_is_what_the_inputs_say(world: World, block: Any, asked: str) -> None:
    open_dataforseo(world)
    wanted = {"location_code": 2276, "language_code": "de", "include_seed_keyword": False, "limit": 7}
    flags = {"include_serp_info": True, "include_clickstream_data": True}
    await ask(block, SEARCHING | wanted | flags, world)
    [call] = world.calls
    assert f"{call.method} {call.address}" == asked
    assert {name: value for name, value in call.json[0].items() if name != "depth"} == {
        "keyword": "tea",
        **wanted,
        **flags,
    }
    assert call.headers["authorization"] == f"Basic {b64encode(f'ada:{CANARY}'.encode()).decode()}"


@each_block
@pytest.mark.parametrize("items", [None, []])
async def test_nothing_found_is_no_trouble(world: World, block: Any, asked: str, items: Any) -> None:
    world.says(asked, answer(items))
    emitted = dict(await ask(block, SEARCHING, world))
    assert emitted["total_count"] == 0


@each_block
@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            answer(None, code=40501, message="Invalid Field: 'depth'."),
            "answered with code 40501: Invalid Field: 'depth'",
        ),
        ({"status_code": 40200, "status_message": "Payment Required."}, "answered with code 40200: Payment Required"),
        ({"status_code": 20000, "tasks": []}, "answered with code None"),
        ({}, "answered with code None"),
    ],
)
async def test_a_refused_task_says_why(world: World, block: Any, asked: str, said: Any, words: str) -> None:
    world.says(asked, said)
    with pytest.raises(BlockError, match=words):
        await ask(block, SEARCHING, world)


@each_trouble
@each_block
async def test_trouble_is_told(trouble: Trouble, world: World, block: Any, asked: str) -> None:
    await assert_told(trouble, world, asked, block, SEARCHING)
