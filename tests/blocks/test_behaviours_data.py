"""Files, tables, XML, samples and what is remembered, row by row."""

from typing import Any

from tests.blocks.behaviours import NOTHING, Fails, Outcome, Row, Waits, check, emits, rows
from tests.blocks.fakes import make_context, memory_of


def read(text: str, *pieces: str, **inputs: Any) -> Row:
    return "FileRead", {"file_input": f"data:,{text}", **inputs}, emits(*(("content", piece) for piece in pieces))


@rows(
    read("", ""),
    read("abc", "abc"),
    read("%C3%A9", "é"),
    read("%E9", "é"),
    read("abcdef", "ef", skip_size=4),
    read("abc", "", skip_size=9),
    read("abcdef", "ab", "cd", "ef", size_limit=2),
    read("abcde", "ab", "cd", "e", size_limit="2"),
    read("a,b,c", "b,c", delimiter=",", skip_rows=1),
    read("a,b,c", "a,b", delimiter=",", row_limit=2),
    read("a,b,c", "", delimiter=",", skip_rows=9),
    read("a,b,c", "a,b,c", delimiter=",", size_limit=0, row_limit=0),
    read("a,b,c", "", skip_rows=1),
    read("xxa,b,c,d", "b,", "c", delimiter=",", skip_size=2, skip_rows=1, row_limit=2, size_limit=2),
    (
        "FileRead",
        {"file_input": "data:,a", "size_limit": -1},
        Waits("The input size_limit is not valid: Input should be greater than or equal to 0."),
    ),
    ("FileRead", {}, Waits("The required input file_input has no value.")),
    ("FileStore", {"file_in": "data:,a", "base_64": True}, emits(("file_out", "data:text/plain;base64,YQ=="))),
)
async def test_files(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def table(contents: Any, *found: dict[str, str], **inputs: Any) -> Row:
    return "ReadSpreadsheet", {"contents": contents, **inputs}, emits(("rows", list(found)))


@rows(
    table(""),
    table("a,b"),
    table("a,b\n1,2", {"a": "1", "b": "2"}),
    table("a\n1\n\n2", {"a": "1"}, {}, {"a": "2"}),
    table("a,b\n1,2", {"0": "a", "1": "b"}, {"0": "1", "1": "2"}, has_header=False),
    table("a,b\n1,2", {"1": "b"}, {"1": "2"}, has_header=False, skip_columns=["0"]),
    table("a,b\n1,2", {"0": "a", "1": "b"}, {"0": "1", "1": "2"}, has_header=False, skip_columns=["a"]),
    table("a,b\n1,2", {"b": "2"}, skip_columns=["0"]),
    table("a,b\n1,2", {"b": "2"}, skip_columns=["a"]),
    table("a,b\n1,2", {"b": "2"}, skip_columns=[0]),
    table("1,0\nx,y", {"0": "y"}, skip_columns=["1"]),
    table("a,b\n1,2", {"a": "1", "b": "2"}, skip_columns=["c", "7"]),
    table("a\n1\n2\n3", {"a": "3"}, skip_rows=2),
    table("a\n1\n2", {"0": "2"}, skip_rows=2, has_header=False),
    table(" a \n 1 ", {"a": "1"}),
    table(" a \n 1 ", {" a ": " 1 "}, strip=False),
    table("a;b\n'1;2';3", {"a": "1;2", "b": "3"}, delimiter=";", quotechar="'"),
    table("a\n1\\,2", {"a": "1,2"}),
    table("a,b\n1", {"a": "1"}),
    table("a\n1,2", {"a": "1", "1": "2"}),
    table("text", {"a": "1"}, file_input="data:,a%0A1"),
    table("a\n1", {"a": "1"}, file_input=""),
    (
        "ReadSpreadsheet",
        {"contents": "a\n1\n2", "produce_singular_result": True},
        emits(("row", {"a": "1"}), ("row", {"a": "2"})),
    ),
    ("ReadSpreadsheet", {"contents": "a", "produce_singular_result": True}, NOTHING),
    ("ReadSpreadsheet", {}, Fails("One of the inputs contents and file_input is needed.")),
)
async def test_tables(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def parsed(source: Any, result: Any) -> Row:
    return "XMLParser", {"input_xml": source}, emits(("parsed_xml", result))


@rows(
    parsed("<a><b>1</b></a>", {"a": {"b": "1"}}),
    parsed("<a><b>1</b><b>2</b></a>", {"a": [{"b": "1"}, {"b": "2"}]}),
    parsed("<a><b>1</b><c>2</c><b>3</b></a>", {"a": [{"b": "1"}, {"c": "2"}, {"b": "3"}]}),
    parsed("<My Tag>v</My Tag>", {"my_tag": "v"}),
    parsed("<A-b>v</A-b>", {"a-b": "v"}),
    parsed("<a></a>", {"a": ""}),
    parsed("<a>hello <b>x</b> tail</a>", {"a": {"b": "x"}}),
    parsed("<a>&amp;</a>", {"a": "&amp;"}),
    parsed("<a><!-- no -->x</a>", {"a": "x"}),
    parsed('<a href="x">1</a>', {"a": "1"}),
    parsed("<a><![CDATA[1]]></a>", {"a": "1"}),
    parsed('<?xml version="1.0"?><a>1</a>', {"a": "1"}),
    parsed("<a/>", {"a": ""}),
    parsed("<title>T</title><body>B</body>", {"title": "T", "body": "B"}),
    parsed("<d>1</d><d>2</d>", [{"d": "1"}, {"d": "2"}]),
    parsed("```xml\n<a>1</a>\n```", {"a": "1"}),
    ("XMLParser", {"input_xml": ""}, Fails("The XML has no element.")),
    ("XMLParser", {"input_xml": 5}, Fails('The XML has text outside of its elements at character 1: "5".')),
)
async def test_xml(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


def sampled(data: Any, method: str, size: Any, indices: list[int], **inputs: Any) -> Row:
    given = {"data": data, "sampling_method": method, "sample_size": size, **inputs}
    return "DataSampling", given, drawn([data[index] for index in indices], indices)


def drawn(items: list[Any], indices: list[int]) -> Outcome:
    return emits(("sampled_data", items), ("sample_indices", indices))


TEN = list(range(10, 20))


@rows(
    sampled(TEN, "top", 3, [0, 1, 2]),
    sampled(TEN, "top", "3", [0, 1, 2]),
    sampled(TEN, "top", 0, []),
    sampled(TEN, "bottom", 2, [8, 9]),
    sampled(TEN, "bottom", 0, []),
    sampled(TEN, "systematic", 10, list(range(10))),
    sampled(TEN, "reservoir", 10, list(range(10))),
    sampled([], "random", 0, []),
    sampled([{"g": 1}], "stratified", 1, [0], stratify_key="g"),
    sampled([{"g": 1}], "cluster", 1, [0], cluster_key="g"),
    sampled([{"w": 0}, {"w": 1}], "weighted", 1, [1], weight_key="w"),
    sampled([{"w": 0}, {"w": 1}], "weighted", 2, [1, 1], weight_key="w"),
    ("DataSampling", {"data": {"a": 1}, "sample_size": 1}, drawn([{"a": 1}], [0])),
    ("DataSampling", {"data": [1]}, Fails("The sample_size 10 is larger than the 1 items.")),
    ("DataSampling", {"data": [], "sample_size": 1}, Fails("The sample_size 1 is larger than the 0 items.")),
    ("DataSampling", {"data": [1], "sample_size": 2, "accumulate": True}, NOTHING),
    (
        "DataSampling",
        {"data": [1, 2], "sample_size": 2, "accumulate": True, "sampling_method": "top"},
        drawn([1, 2], [0, 1]),
    ),
    (
        "DataSampling",
        {"data": [1], "sample_size": 1, "sampling_method": "weighted"},
        Fails("The input weight_key is needed for the method weighted."),
    ),
)
async def test_samples(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome)


@rows(
    ("RetrieveInformation", {"key": "k"}, emits(("value", "graph's"))),
    ("RetrieveInformation", {"key": "k", "scope": "within_agent"}, emits(("value", "graph's"))),
    ("RetrieveInformation", {"key": "k", "scope": "across_agents"}, emits(("value", "user's"))),
    ("RetrieveInformation", {"key": "none", "default_value": "d"}, emits(("value", "none"))),
    ("RetrieveInformation", {"key": "x", "default_value": "d"}, emits(("value", "d"))),
    ("RetrieveInformation", {"key": "x", "default_value": 0}, emits(("value", 0))),
    ("RetrieveInformation", {"key": "x"}, emits(("value", None))),
    ("RetrieveInformation", {"key": "null", "default_value": "d"}, emits(("value", None))),
    ("PersistInformation", {"key": "k", "value": {"a": [1]}}, emits(("value", {"a": [1]}))),
    ("PersistInformation", {"key": "k", "value": None}, emits(("value", None))),
    ("PersistInformation", {"key": 5, "value": ""}, emits(("value", ""))),
    ("PersistInformation", {"key": "k"}, Waits("The required input value has no value.")),
)
async def test_memory(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    kept = {"agent#graph-1#k": "graph's", "agent#graph-1#none": "none", "agent#graph-1#null": None}
    await check(name, inputs, outcome, make_context(memory=kept | {"global#k": "user's"}))


async def test_what_is_kept_has_the_key_of_its_scope() -> None:
    context = make_context()
    for scope in ("within_agent", "across_agents"):
        given = {"key": "k", "value": scope, "scope": scope}
        await check("PersistInformation", given, emits(("value", scope)), context)

    assert memory_of(context).values == {"agent#graph-1#k": "within_agent", "global#k": "across_agents"}
