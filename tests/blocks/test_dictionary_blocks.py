from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.dictionaries import (
    AddToDictionaryBlock,
    FindInDictionaryBlock,
    RemoveFromDictionaryBlock,
    ReplaceDictionaryValueBlock,
)
from tests.blocks.running import outputs


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"key": "k", "value": None}, {"a": 1}),
        ({"key": "", "value": 2}, {"a": 1}),
        ({"key": "a", "value": 2}, {"a": 2}),
        ({"key": "a", "value": 2, "entries": {"a": 3}}, {"a": 3}),
    ],
)
async def test_entry_needs_a_key_and_a_value(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    emitted = await outputs(AddToDictionaryBlock(), {"dictionary": {"a": 1}, **inputs})

    assert emitted == [("updated_dictionary", expected)]


@pytest.mark.parametrize(
    ("container", "key", "found"),
    [
        ({"a": None}, "a", None),
        ({"1": "one"}, 1, "one"),
        ([5, 6], 0, 5),
        ("[5, 6]", 1, 6),
        ([], "a", []),
        ([{"b": 1}, "text"], "a", []),
        ([{"a": 1}, {"a": None}], "a", [1, None]),
    ],
)
async def test_what_is_there_is_found(container: Any, key: str | int, found: Any) -> None:
    assert await outputs(FindInDictionaryBlock(), {"input": container, "key": key}) == [("output", found)]


@pytest.mark.parametrize(
    ("container", "key"),
    [({"a": 1}, "b"), ([5, 6], 2), ([5, 6], -1), ("no json", "a"), ('{"a": 1}', "b"), (5, "real"), (None, "a")],
)
async def test_what_is_not_there_gives_the_input_back(container: Any, key: str | int) -> None:
    assert await outputs(FindInDictionaryBlock(), {"input": container, "key": key}) == [("missing", container)]


@pytest.mark.parametrize("block", [RemoveFromDictionaryBlock(), ReplaceDictionaryValueBlock()])
async def test_missing_key_fails(block: Any) -> None:
    with pytest.raises(BlockError, match=r"^Key 'b' not found in dictionary$"):
        await outputs(block, {"dictionary": {"a": 1}, "key": "b", "value": 2})


async def test_given_dictionary_is_not_changed() -> None:
    given = {"a": 1}

    for block in (AddToDictionaryBlock(), RemoveFromDictionaryBlock(), ReplaceDictionaryValueBlock()):
        await outputs(block, {"dictionary": given, "key": "a", "value": 2})

    assert given == {"a": 1}
