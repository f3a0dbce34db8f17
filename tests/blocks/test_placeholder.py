import pytest

from blocks.errors import BlockError
from blocks.known import NAMES
from blocks.placeholder import placeholder
from blocks.registry import load
from tests.blocks.running import outputs

STRANGE_ID = "b2c3d4e5-6f7g-8h9i-0j1k-l2m3n4o5p6q7"
SPEECH_ID = "4ff1ff6d-cc40-4caa-ae69-011daa20c378"


def test_known_block_is_named() -> None:
    assert load().find_or_placeholder(SPEECH_ID).name == "UnrealTextToSpeech"


def test_unknown_block_keeps_its_id() -> None:
    block = load().find_or_placeholder(STRANGE_ID)

    assert (block.id, block.name, block.disabled) == (STRANGE_ID, "UnknownBlock", True)


def test_name_may_be_given() -> None:
    assert placeholder(STRANGE_ID, "MyBlock").name == "MyBlock"


def test_installed_block_is_itself() -> None:
    installed = next(iter(load()))

    assert load().find_or_placeholder(installed.id) is installed


async def test_running_a_placeholder_fails_and_names_the_block() -> None:
    with pytest.raises(BlockError, match=rf"UnrealTextToSpeech \({SPEECH_ID}\) is not installed"):
        await outputs(placeholder(SPEECH_ID), {"text": "cats"})


def test_placeholder_accepts_any_pin() -> None:
    assert placeholder(SPEECH_ID).Input.model_validate({"text": "cats"}).model_dump() == {"text": "cats"}


def test_names_are_kept_only_for_blocks_that_are_missing() -> None:
    assert [block.name for block in load() if block.id in NAMES] == []
