import asyncio
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.code import CodeExtractionBlock, extract_code
from blocks.library.text import (
    CombineTextsBlock,
    FillTextTemplateBlock,
    TextReplaceBlock,
    TextSplitBlock,
    WordCharacterCountBlock,
)
from blocks.library.text_escapes import TextDecoderBlock, TextEncoderBlock
from tests.blocks.running import outputs


async def test_template_is_filled_in_with_the_values() -> None:
    emitted = await outputs(
        FillTextTemplateBlock(), {"values": {"a": {"b": [1, 2]}}, "format": "{{ a.b|sum }} {{ c }}!"}
    )

    assert emitted == [("output", "3 !")]


async def test_faulty_template_fails_with_its_reason() -> None:
    with pytest.raises(BlockError, match="No filter named 'pprint'"):
        await outputs(FillTextTemplateBlock(), {"values": {}, "format": "{{ a|pprint }}"})


async def test_slow_template_is_finished_while_others_run() -> None:
    source = "{% for i in range(2000) %}{% for j in range(300) %}{% endfor %}{% endfor %}done"
    others = asyncio.create_task(asyncio.sleep(0, "ran"))

    emitted = await outputs(FillTextTemplateBlock(), {"values": {}, "format": source})

    assert emitted == [("output", "done")]
    assert others.done()


async def test_texts_are_combined_and_numbers_among_them_become_text() -> None:
    assert await outputs(CombineTextsBlock(), {"input": ["a", 1, ""], "delimiter": "-"}) == [("output", "a-1-")]
    assert await outputs(CombineTextsBlock(), {"input": []}) == [("output", "")]


async def test_parts_are_given_with_and_without_the_space_around_them() -> None:
    assert await outputs(TextSplitBlock(), {"text": " a ;; b ", "delimiter": ";"}) == [("texts", ["a", "", "b"])]
    assert await outputs(TextSplitBlock(), {"text": " a", "delimiter": ";", "strip": False}) == [("texts", [" a"])]


async def test_nothing_can_be_split_at_an_empty_delimiter() -> None:
    with pytest.raises(BlockError, match="delimiter"):
        await outputs(TextSplitBlock(), {"text": "abc", "delimiter": ""})


async def test_every_occurrence_is_replaced() -> None:
    assert await outputs(TextReplaceBlock(), {"text": "aba", "old": "a", "new": "c"}) == [("output", "cbc")]
    assert await outputs(TextReplaceBlock(), {"text": "aba", "old": "x", "new": "c"}) == [("output", "aba")]


@pytest.mark.parametrize(
    ("block", "inputs"),
    [
        (TextReplaceBlock(), {"text": "a" * 10_000, "old": "a", "new": "b" * 10_000}),
        (TextReplaceBlock(), {"text": "a" * 10_000, "old": "", "new": "b" * 10_000}),
        (CombineTextsBlock(), {"input": ["a"] * 10_000, "delimiter": "b" * 10_000}),
    ],
)
async def test_text_that_would_be_too_large_is_not_built(block: Any, inputs: dict[str, Any]) -> None:
    with pytest.raises(BlockError, match="10,000,000"):
        await outputs(block, inputs)


async def test_empty_text_has_no_words() -> None:
    assert await outputs(WordCharacterCountBlock(), {"text": " \n"}) == [("word_count", 0), ("character_count", 2)]


@pytest.mark.parametrize("text", ["one\ntwo\t\\", "é – 漢 😀", "", "C:\\new"])
async def test_decoding_undoes_encoding(text: str) -> None:
    [(_, encoded)] = await outputs(TextEncoderBlock(), {"text": text})

    assert encoded.isascii()
    assert await outputs(TextDecoderBlock(), {"text": encoded}) == [("decoded_text", text)]


async def test_two_escapes_of_one_character_are_joined() -> None:
    assert await outputs(TextDecoderBlock(), {"text": "\\ud83d\\ude00 漢"}) == [("decoded_text", "😀 漢")]


@pytest.mark.parametrize("text", ["\\u12", "\\x", "\\", "\\ud83d"])
async def test_incomplete_escape_fails(text: str) -> None:
    with pytest.raises(BlockError, match="faulty escape"):
        await outputs(TextDecoderBlock(), {"text": text})


async def test_code_is_given_by_language_and_only_what_there_is() -> None:
    text = "See\n```c++\nint a;\n```\nor ```SH ls```.\n```json\n{}\n```"

    emitted = await outputs(CodeExtractionBlock(), {"text": text})

    assert emitted == [
        ("cpp", "int a;"),
        ("json_code", "{}"),
        ("bash", "ls"),
        ("remaining_text", "See\n\nor ."),
    ]


async def test_text_that_is_only_code_leaves_nothing() -> None:
    assert await outputs(CodeExtractionBlock(), {"text": "```js\na()\n```"}) == [("javascript", "a()")]


@pytest.mark.parametrize(
    "text", ["```py\na = 1", "```klingon\nQapla'\n```", "```\nplain\n```", "``` py\na\n```", "none"]
)
def test_fence_without_an_end_or_a_known_language_stays_in_the_text(text: str) -> None:
    assert extract_code(text) == ({}, text)
