from typing import Any

import pytest

from blocks.base import BlockType, Effect
from blocks.library.agent_inputs import AgentDateInputBlock, AgentFileInputBlock
from blocks.library.agent_output import AgentOutputBlock
from blocks.readiness import Waiting, gather
from blocks.registry import load
from tests.blocks.canned import CannedWeb
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs

INPUTS = [block for block in load() if block.block_type is BlockType.INPUT]
EMPTY = {"AgentToggleInput": [("result", False)], "AgentTableInput": [("result", [])]}


@pytest.mark.parametrize("block", INPUTS, ids=lambda block: block.name)
async def test_input_without_a_value_emits_nothing_but_its_default(block: Any) -> None:
    assert await outputs(block, {"name": "x", "value": None}) == EMPTY.get(block.name, [])


@pytest.mark.parametrize("block", INPUTS, ids=lambda block: block.name)
def test_input_needs_a_name_and_its_links_are_static(block: Any) -> None:
    assert isinstance(gather(block, defaults={"value": None}, linked=frozenset(), received={}), Waiting)
    fetches = isinstance(block, AgentFileInputBlock)
    assert (block.static_output, block.effect is Effect.PURE, block.prices) == (True, not fetches, ())


def test_whole_family_is_there() -> None:
    assert len(INPUTS) == 11


def test_date_that_is_none_is_refused() -> None:
    result = gather(
        AgentDateInputBlock(), defaults={"name": "day", "value": "tomorrow"}, linked=frozenset(), received={}
    )

    assert isinstance(result, Waiting)
    assert "The input value is not valid" in result.reason


async def test_file_elsewhere_is_fetched() -> None:
    context = make_context(web=CannedWeb({"GET https://example.com/a.txt": "Hi"}))
    inputs = {"name": "file", "value": "https://example.com/a.txt"}

    [(name, value)] = await outputs(AgentFileInputBlock(), inputs, context)
    assert (name, value.startswith("data:"), value.endswith(";base64,SGk=")) == ("result", True, True)


async def test_output_without_a_template_gives_even_none() -> None:
    assert await outputs(AgentOutputBlock(), {"name": "x"}) == [("output", None), ("name", "x")]


async def test_output_escapes_html_when_asked() -> None:
    inputs = {"name": "x", "value": "<b>", "format": "{{ x }}"}

    assert await outputs(AgentOutputBlock(), inputs) == [("output", "<b>")]
    assert await outputs(AgentOutputBlock(), inputs | {"escape_html": True}) == [("output", "&lt;b&gt;")]


async def test_faulty_template_gives_its_error_as_the_output() -> None:
    [(name, text)] = await outputs(AgentOutputBlock(), {"name": "x", "value": 1, "format": "{% for %}"})

    assert name == "output"
    assert text
    assert "{% for %}" not in text
