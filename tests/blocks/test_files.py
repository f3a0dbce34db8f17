"""Files: what is taken for one, keeping it, reading its text."""

from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.files import MAX_BYTES, data_uri, file_in, text_of
from blocks.library.agent_inputs import AgentFileInputBlock
from blocks.library.files import FileReadBlock, FileStoreBlock
from blocks.web import File
from blocks.workspace import parts_of, reference_to, safe_name
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs


@pytest.mark.parametrize(
    ("uri", "content_type", "content"),
    [
        ("data:,Hi", "text/plain", b"Hi"),
        ("data:,", "text/plain", b""),
        ("data:text/csv,a%2Cb", "text/csv", b"a,b"),
        ("data:text/csv;charset=utf-8,a", "text/csv", b"a"),
        ("data:;base64,SGk=", "text/plain", b"Hi"),
        ("data:IMAGE/PNG;base64,SGk%3D", "image/png", b"Hi"),
    ],
)
def test_a_data_uri_carries_a_file(uri: str, content_type: str, content: bytes) -> None:
    file = file_in(uri)
    assert (file.content_type, file.content) == (content_type, content)
    assert file_in(data_uri(file)) == file


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("data:text/plain", "comma"),
        ("data:;base64,S*k=", "says base64"),
        ("/etc/passwd", "is given as a data URI"),
        ("file:///etc/passwd", "is given as a data URI"),
        (f"workspace://{'0' * 64}/x", "no such file"),
        ("", "is given as a data URI"),
    ],
)
async def test_what_is_no_file_is_refused(value: str, reason: str) -> None:
    with pytest.raises(BlockError, match=reason):
        await outputs(FileReadBlock(), {"file_input": value})


@pytest.mark.parametrize(
    "path",
    ["../../etc/passwd", f"{'0' * 64}/../x", f"{'0' * 64}/.x", f"{'0' * 64}/", f"{'0' * 63}/x", f"{'0' * 64}/x\n", "x"],
)
def test_no_reference_leaves_the_workspace(path: str) -> None:
    with pytest.raises(BlockError, match="no reference"):
        parts_of(f"workspace://{path}")


def test_a_file_has_a_largest_size() -> None:
    with pytest.raises(BlockError, match="26,214,401 bytes; the limit is 26,214,400"):
        file_in("data:," + "a" * (MAX_BYTES + 1))


def test_text_is_utf_8_or_else_latin_1() -> None:
    assert text_of(File("x", "é".encode())) == "é"
    assert text_of(File("x", b"\xe9")) == "é"


async def test_a_kept_file_is_read_by_its_reference_and_kept_once() -> None:
    context = make_context()
    [(_, first)] = await outputs(FileStoreBlock(), {"file_in": "data:text/plain,a"}, context)
    [(_, again)] = await outputs(FileStoreBlock(), {"file_in": "data:text/plain;base64,YQ=="}, context)
    assert first == again
    assert await outputs(FileReadBlock(), {"file_input": first}, context) == [("content", "a")]
    [(_, uri)] = await outputs(FileStoreBlock(), {"file_in": first, "base_64": True}, context)
    assert uri == "data:text/plain;base64,YQ=="


@pytest.mark.parametrize(
    ("text", "inputs", "pieces"),
    [
        ("", {}, [""]),
        ("", {"size_limit": 2}, [""]),
        ("a,b", {"skip_rows": 1}, [""]),
        ("a,b,c", {"delimiter": ",", "skip_rows": 1}, ["b,c"]),
        ("a,b,c", {"delimiter": ",", "row_limit": 2}, ["a,b"]),
        ("a,b,c", {"delimiter": ",", "row_limit": 9}, ["a,b,c"]),
        ("xa,b,c", {"delimiter": ",", "skip_size": 1, "skip_rows": 1, "row_limit": 1}, ["b"]),
        ("a,b,c", {"delimiter": ",", "size_limit": 2}, ["a,", "b,", "c"]),
        ("abc", {"skip_size": 9}, [""]),
        ("abc", {"size_limit": 3}, ["abc"]),
        ("a|b", {"delimiter": "||"}, ["a|b"]),
    ],
)
async def test_characters_are_skipped_then_rows_and_the_rest_is_cut(
    text: str, inputs: dict[str, Any], pieces: list[str]
) -> None:
    emitted = await outputs(FileReadBlock(), {"file_input": f"data:,{text}", **inputs})
    assert emitted == [("content", piece) for piece in pieces]


async def test_an_input_file_is_a_data_uri_when_that_is_asked_for() -> None:
    context = make_context()
    reference = await context.services.workspace.keep(File("a.txt", b"a", "text/plain"))
    given = {"name": "file", "value": reference}
    assert await outputs(AgentFileInputBlock(), given, context) == [("result", reference)]
    assert await outputs(AgentFileInputBlock(), given | {"base_64": True}, context) == [
        ("result", "data:text/plain;base64,YQ==")
    ]
    assert await outputs(AgentFileInputBlock(), {"name": "file", "value": None}, context) == []


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a.csv", "a.csv"), ("../../a", "_.._a"), (".env", "env"), ("", "file"), ("é/ü", "_"), ("x" * 200, "x" * 100)],
)
def test_names_become_one_plain_component(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert parts_of(reference_to(File(name, b"")))[1] == safe
