import pytest

from blocks.errors import BlockError
from blocks.known import NAMES
from blocks.placeholder import placeholder
from blocks.registry import load
from tests.blocks.running import outputs

STRANGE_ID = "b2c3d4e5-6f7g-8h9i-0j1k-l2m3n4o5p6q7"
SEARCH_ID = "87840993-2053-44b7-8da4-187ad4ee518c"


def test_known_block_is_named() -> None:
    assert load().find_or_placeholder(SEARCH_ID).name == "SearchTheWeb"


def test_unknown_block_keeps_its_id() -> None:
    block = load().find_or_placeholder(STRANGE_ID)

    assert (block.id, block.name, block.disabled) == (STRANGE_ID, "UnknownBlock", True)


def test_name_may_be_given() -> None:
    assert placeholder(STRANGE_ID, "MyBlock").name == "MyBlock"


def test_installed_block_is_itself() -> None:
    installed = next(iter(load()))

    assert load().find_or_placeholder(installed.id) is installed


async def test_running_a_placeholder_fails_and_names_the_block() -> None:
    with pytest.raises(BlockError, match=rf"SearchTheWeb \({SEARCH_ID}\) is not installed"):
        await outputs(placeholder(SEARCH_ID), {"query": "cats"})


def test_placeholder_accepts_any_pin() -> None:
    assert placeholder(SEARCH_ID).Input.model_validate({"query": "cats"}).model_dump() == {"query": "cats"}


def test_names_are_kept_only_for_blocks_that_are_missing() -> None:
    assert [block.name for block in load() if block.id in NAMES] == []
