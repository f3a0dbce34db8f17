from typing import Any

import pytest
from pydantic import TypeAdapter

from blocks.base import Block, BlockType, Example
from blocks.registry import load
from tests.blocks.running import example_outputs
from tests.isolation import skip_without_isolation

LIBRARY = [block for block in load() if type(block).__module__.startswith("blocks.")]

CASES = [
    pytest.param(block, example, id=f"{block.name}-{number}")
    for block in load()
    for number, example in enumerate(block.examples)
]


@pytest.mark.parametrize(("block", "example"), CASES)
async def test_block_does_what_its_example_says(block: Block, example: Example) -> None:
    if block.name == "ExecuteCode":
        skip_without_isolation()
    emitted = await example_outputs(block, example)

    assert [name for name, _ in emitted] == [name for name, _ in example.output]
    for (name, value), (_, expected) in zip(emitted, example.output, strict=True):
        assert_as_expected(name, value, expected)
        assert_declared(block, name, value)


@pytest.mark.parametrize("block", LIBRARY, ids=lambda block: block.name)
def test_block_can_be_described_as_json(block: Block) -> None:
    assert block.Input.model_json_schema()["type"] == "object"
    assert block.Output.model_json_schema()["type"] == "object"


@pytest.mark.parametrize("block", LIBRARY, ids=lambda block: block.name)
def test_block_never_shows_itself_half_described(block: Block) -> None:
    pins = block.Input.model_fields | block.Output.model_fields

    assert block.categories
    assert [name for name, field in pins.items() if not field.description] == []


def assert_as_expected(name: str, value: Any, expected: Any) -> None:
    if isinstance(expected, type):
        assert isinstance(value, expected), name
    elif callable(expected):
        assert expected(value), (name, value)
    else:
        assert value == expected, name
        assert type(value) is type(expected), name


def assert_declared(block: Block, name: str, value: Any) -> None:
    """The value fits the declared output as it is, without any conversion."""
    if block.block_type is not BlockType.AGENT:
        annotation: Any = block.Output.model_fields[name].annotation
        TypeAdapter(annotation).validate_python(value, strict=True)
