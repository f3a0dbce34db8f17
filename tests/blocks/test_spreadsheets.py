"""Reading tables, the odd ones too."""

from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.spreadsheets import QUICK_CHARACTERS, ReadSpreadsheetBlock
from tests.blocks.running import outputs


async def rows(contents: Any, **inputs: Any) -> Any:
    [(name, value)] = await outputs(ReadSpreadsheetBlock(), {"contents": contents, **inputs})
    assert name == "rows"
    return value


@pytest.mark.parametrize(
    ("contents", "inputs", "expected"),
    [
        ("a,b\n1,2", {}, [{"a": "1", "b": "2"}]),
        ("a,b\r\n1,2\r\n", {}, [{"a": "1", "b": "2"}]),
        ("a,b\n1,2", {"has_header": False}, [{"0": "a", "1": "b"}, {"0": "1", "1": "2"}]),
        (" a ,b\n 1 ,2", {}, [{"a": "1", "b": "2"}]),
        (" a ,b\n 1 ,2", {"strip": False}, [{" a ": " 1 ", "b": "2"}]),
        ("a\n1\n2\n3", {"skip_rows": 2}, [{"a": "3"}]),
        ("a\n1", {"skip_rows": 9}, []),
        ("", {}, []),
        ("a,b", {}, []),
        ('a,b\n"1,5","x ""y"""', {"escapechar": ""}, [{"a": "1,5", "b": 'x "y"'}]),
        ("a,b\n1\\,5,2", {}, [{"a": "1,5", "b": "2"}]),
        ("a;b\n'1;5';2", {"delimiter": ";", "quotechar": "'"}, [{"a": "1;5", "b": "2"}]),
        ('a\n"x', {"quotechar": ""}, [{"a": '"x'}]),
        ('a,b\n"two\nlines",2', {}, [{"a": "two\nlines", "b": "2"}]),
        ("a\n1,2", {}, [{"a": "1", "1": "2"}]),
        ("a,b\n1", {}, [{"a": "1"}]),
        ("a,b\n1,2", {"skip_columns": ["b"]}, [{"a": "1", "b": "2"}]),
        ("a,b\n1,2", {"skip_columns": ["1"]}, [{"a": "1"}]),
        ("a,a\n1,2", {}, [{"a": "2"}]),
        ("ignored", {"file_input": "data:text/csv,a%0A1"}, [{"a": "1"}]),
        (None, {"file_input": "data:text/csv;base64,77u/YQox"}, [{"a": "1"}]),
    ],
)
async def test_rows_are_read(contents: Any, inputs: dict[str, Any], expected: Any) -> None:
    assert await rows(contents, **inputs) == expected


async def test_rows_are_given_one_by_one_when_asked_for() -> None:
    emitted = await outputs(ReadSpreadsheetBlock(), {"contents": "a\n1\n2", "produce_singular_result": True})
    assert emitted == [("row", {"a": "1"}), ("row", {"a": "2"})]


async def test_a_large_table_is_read_as_a_small_one_is() -> None:
    count = QUICK_CHARACTERS // 2 + 1
    assert await rows("a\n" + "1\n" * count) == [{"a": "1"}] * count


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "contents and file_input"),
        ({"contents": "a", "delimiter": ""}, "delimiter"),
        ({"contents": "a", "delimiter": ",,"}, "delimiter"),
        ({"contents": "a", "quotechar": "ab"}, "quotechar"),
        ({"contents": "a" * 200_000}, "field larger than field limit"),
        ({"file_input": "data:;base64,UEsDBAAA"}, "workbook of Excel"),
        ({"file_input": "data:;base64,0M8R4KGx"}, "workbook of Excel"),
    ],
)
async def test_what_cannot_be_read_is_refused(inputs: dict[str, Any], reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        await outputs(ReadSpreadsheetBlock(), inputs)
