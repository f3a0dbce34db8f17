"""Reading tables, the odd ones too."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.spreadsheets import QUICK_CHARACTERS, ReadSpreadsheetBlock
from tests.blocks.running import outputs
from tests.blocks.workbooks import XLS, bomb, data_uri, packed, text_cell, xlsx


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
        ("a,b\n1,2", {"skip_columns": ["b"]}, [{"a": "1"}]),
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
    ],
)
async def test_what_cannot_be_read_is_refused(inputs: dict[str, Any], reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        await outputs(ReadSpreadsheetBlock(), inputs)


ADA = [{"name": "Ada", "age": "36"}]


@pytest.mark.parametrize(
    ("workbook", "inputs", "expected"),
    [
        (xlsx(["name", "age"], ["Ada", 36]), {}, ADA),
        (XLS, {}, ADA),
        (xlsx(["name", "age"], ["Ada", 36], first_row=7), {}, ADA),
        (xlsx([None, "a"], [None, 1]), {}, [{"a": "1"}]),
        (xlsx(["a", "b"], [1, None], [None, 2]), {}, [{"a": "1", "b": ""}, {"a": "", "b": "2"}]),
        (xlsx(["a"], [1.5], [1e3], [-7], [0.1]), {}, [{"a": "1.5"}, {"a": "1000"}, {"a": "-7"}, {"a": "0.1"}]),
        (xlsx(["a"], [True], [False]), {}, [{"a": "True"}, {"a": "False"}]),
        (xlsx(["a"], [(45931, 1)], [(45931.5, 2)]), {}, [{"a": "2025-10-01"}, {"a": "2025-10-01 12:00:00"}]),
        (xlsx(["a"], ['é <b> & "x", y']), {}, [{"a": 'é <b> & "x", y'}]),
        (xlsx([" a "], [" 1 "]), {}, [{"a": "1"}]),
        (xlsx([" a "], [" 1 "]), {"strip": False}, [{" a ": " 1 "}]),
        (xlsx(["a", "b"], [1, 2]), {"has_header": False}, [{"0": "a", "1": "b"}, {"0": "1", "1": "2"}]),
        (xlsx(["a", "b"], [1, 2], [3, 4]), {"skip_rows": 1, "skip_columns": ["a"]}, [{"b": "4"}]),
        (xlsx(["a"]), {}, []),
        (xlsx(), {}, []),
    ],
)
async def test_first_sheet_of_a_workbook_is_read_as_a_table(workbook: bytes, inputs: Any, expected: Any) -> None:
    assert await rows(None, file_input=data_uri(workbook), **inputs) == expected


@pytest.mark.parametrize(
    ("workbook", "reason"),
    [
        (b"PK\x03\x04", "The workbook is faulty"),
        (b"PK\x03\x04" + b"\0" * 1_000, "The workbook is faulty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "faulty|no workbook that can be read"),
        (xlsx(["a"])[:200], "The workbook is faulty"),
        (packed("<row><c"), "The workbook is faulty"),
        (xlsx([(1e15, 3)]), "The workbook is faulty"),
        (xlsx([(-1e15, 1)]), "no workbook that can be read"),
        (
            packed('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
            "more|limit",
        ),
        (partial(bomb, megabytes=400), "needed more than 536,870,912 bytes|more than 5 s"),
        (partial(xlsx, *[["x" * 1_000_000]] * 60), "more than 33,554,432 bytes"),
    ],
    ids=[
        "four bytes",
        "zeros",
        "no compound file",
        "a part",
        "no end",
        "long time",
        "late day",
        "far corner",
        "zip bomb",
        "much text",
    ],
)
async def test_workbook_that_cannot_be_read_is_refused(workbook: bytes | Callable[[], bytes], reason: str) -> None:
    """Large ones are made only where the test runs."""
    with pytest.raises(BlockError, match=reason):
        await rows(None, file_input=data_uri(workbook() if callable(workbook) else workbook))


async def test_workbook_declares_no_entities_that_grow_or_read_files() -> None:
    levels = "".join(f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10))
    declared = f'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">{levels}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    text = f'<row r="1">{text_cell("A1", "b")}</row><row r="2">{text_cell("A2", "&a9;&f;")}</row>'

    try:
        found = await rows(None, file_input=data_uri(packed(text, declared)))
    except BlockError as error:
        found = error.message
    assert "root:" not in str(found)
    assert len(str(found)) < 1_000


async def test_cells_of_a_sheet_are_limited() -> None:
    corners = f'<row r="1">{text_cell("A1", "a")}</row><row r="1001">{text_cell("ALL1001", "b")}</row>'

    with pytest.raises(BlockError, match="The first sheet has 1,001,000 cells; the limit is 1,000,000"):
        await rows(None, file_input=data_uri(packed(corners)))
