"""The local blocks are declared as graphs from the AutoGPT Platform expect them: ids, pins, defaults, kinds."""

from typing import Any

import pytest

from blocks.base import BlockType
from blocks.library.several_lists import MAX_DEPTH
from blocks.library.steps import MAX_CHARACTERS, MAX_ELEMENTS
from tests.blocks.behaviours import block_named

#: Of an input without a default.
NEEDED = "needed"

OF_GRAPHS = {"name": NEEDED, "value": None, "title": None, "description": None, "advanced": False, "secret": False}
TABLE = ["Column 1", "Column 2", "Column 3"]
STRFTIME = {"discriminator": "strftime", "timezone": "UTC", "use_user_timezone": False}

#: Name, id, inputs with their defaults, outputs.
DECLARED: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("AgentInput", "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b", OF_GRAPHS, ["result"]),
    ("AgentShortTextInput", "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158", OF_GRAPHS, ["result"]),
    ("AgentLongTextInput", "90a56ffb-7024-4b2b-ab50-e26c5e5ab8ba", OF_GRAPHS, ["result"]),
    ("AgentNumberInput", "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98", OF_GRAPHS, ["result"]),
    ("AgentDateInput", "7e198b09-4994-47db-8b4d-952d98241817", OF_GRAPHS, ["result"]),
    ("AgentTimeInput", "2a1c757e-86cf-4c7e-aacf-060dc382e434", OF_GRAPHS, ["result"]),
    ("AgentFileInput", "95ead23f-8283-4654-aef3-10c053b74a31", OF_GRAPHS | {"base_64": False}, ["result"]),
    ("AgentDropdownInput", "655d6fdf-a334-421c-b733-520549c07cd1", OF_GRAPHS | {"options": []}, ["result"]),
    ("AgentToggleInput", "cbf36ab5-df4a-43b6-8a7f-f7ed8652116e", OF_GRAPHS | {"value": False}, ["result"]),
    ("AgentTableInput", "5603b273-f41e-4020-af7d-fbc9c6a8d928", OF_GRAPHS | {"column_headers": TABLE}, ["result"]),
    (
        "AgentGoogleDriveFileInput",
        "d3b32f15-6fd7-40e3-be52-e083f51b19a2",
        OF_GRAPHS | {"allowed_views": [], "allow_folder_selection": False},
        ["result"],
    ),
    (
        "AgentOutput",
        "363ae599-353e-4804-937e-b2ee3cef3da4",
        OF_GRAPHS | {"format": "", "escape_html": False},
        ["output", "name"],
    ),
    ("StoreValue", "1ff065e9-88e8-4358-9d82-8dc91f622ba9", {"input": NEEDED, "data": None}, ["output"]),
    ("FileStore", "cbb50872-625b-42f0-8203-a2ae78242d8a", {"file_in": NEEDED, "base_64": False}, ["file_out"]),
    ("PrintToConsole", "f3b1c1b2-4c4f-4f0d-8d2f-4c4f0d8d2f4c", {"text": NEEDED}, ["output", "status"]),
    ("Note", "cc10ff7b-7753-4ff2-9af6-9399b1a7eddc", {"text": ""}, ["output"]),
    ("UniversalTypeConverter", "95d1b990-ce13-4d88-9737-ba5c2070c97b", {"value": NEEDED, "type": NEEDED}, ["value"]),
    (
        "Condition",
        "715696a0-e1da-45c8-b209-c2fa9c3b0be6",
        {"value1": NEEDED, "operator": NEEDED, "value2": NEEDED, "yes_value": None, "no_value": None},
        ["result", "yes_output", "no_output"],
    ),
    (
        "IfInputMatches",
        "6dbbc4b3-ca6c-42b6-b508-da52d23e13f2",
        {"input": NEEDED, "value": NEEDED, "yes_value": None, "no_value": None},
        ["result", "yes_output", "no_output"],
    ),
    (
        "AICondition",
        "553ec5b8-6c45-4299-8d75-b394d05f72ff",
        {"input_value": NEEDED, "condition": NEEDED, "yes_value": None, "no_value": None},
        ["result", "yes_output", "no_output"],
    ),
    (
        "StepThroughItems",
        "f66a3543-28d3-4ab5-8945-9b336371e2ce",
        {"items": [], "items_object": {}, "items_str": ""},
        ["item", "key"],
    ),
    (
        "Calculator",
        "b1ab9b19-67a6-406d-abf5-2dba76d00c79",
        {"operation": NEEDED, "a": NEEDED, "b": NEEDED, "round_result": False},
        ["result"],
    ),
    ("CountItems", "3c9c2f42-b0c3-435f-ba35-05f7a25c772a", {"collection": NEEDED}, ["count"]),
    (
        "CountdownTimer",
        "d67a9c52-5e4e-11e2-bcfd-0800200c9a71",
        {"input_message": "timer finished", "seconds": 0, "minutes": 0, "hours": 0, "days": 0, "repeat": 1},
        ["output_message"],
    ),
    (
        "HumanInTheLoop",
        "8b2a7b3c-6e9d-4a5f-8c1b-2e3f4a5b6c7d",
        {"data": NEEDED, "name": NEEDED, "editable": True},
        ["approved_data", "rejected_data", "review_message"],
    ),
    (
        "AgentExecutor",
        "e189baac-8c20-45a1-94a7-55177ea42565",
        {"user_id": "", "graph_id": NEEDED, "graph_version": None, "inputs": {}},
        [],
    ),
    ("CreateDictionary", "b924ddf4-de4f-4b56-9a85-358930dcbc91", {"values": NEEDED}, ["dictionary"]),
    (
        "AddToDictionary",
        "31d1064e-7446-4693-a7d4-65e5ca1180d1",
        {"dictionary": {}, "key": "", "value": None, "entries": {}},
        ["updated_dictionary"],
    ),
    (
        "FindInDictionary",
        "0e50422c-6dee-4145-83d6-3a5a392f65de",
        {"input": NEEDED, "key": NEEDED},
        ["output", "missing"],
    ),
    (
        "RemoveFromDictionary",
        "46afe2ea-c613-43f8-95ff-6692c3ef6876",
        {"dictionary": NEEDED, "key": NEEDED, "return_value": False},
        ["updated_dictionary", "removed_value"],
    ),
    (
        "ReplaceDictionaryValue",
        "27e31876-18b6-44f3-ab97-f6226d8b3889",
        {"dictionary": NEEDED, "key": NEEDED, "value": NEEDED},
        ["updated_dictionary", "old_value"],
    ),
    ("DictionaryIsEmpty", "a3cf3f64-6bb9-4cc6-9900-608a0b3359b0", {"dictionary": NEEDED}, ["is_empty"]),
    (
        "CreateList",
        "a912d5c7-6e00-4542-b2a9-8034136930e4",
        {"values": NEEDED, "max_size": None, "max_tokens": None},
        ["list"],
    ),
    (
        "AddToList",
        "aeb08fc1-2fc1-4141-bc8e-f758f183a822",
        {"list": [], "entry": None, "entries": [], "position": None},
        ["updated_list"],
    ),
    (
        "FindInList",
        "5e2c6d0a-1e37-489f-b1d0-8e1812b23333",
        {"list": NEEDED, "value": NEEDED},
        ["index", "found", "not_found_value"],
    ),
    ("GetListItem", "262ca24c-1025-43cf-a578-534e23234e97", {"list": NEEDED, "index": NEEDED}, ["item"]),
    (
        "RemoveFromList",
        "d93c5a93-ac7e-41c1-ae5c-ef67e6e9b826",
        {"list": NEEDED, "value": None, "index": None, "return_item": False},
        ["updated_list", "removed_item"],
    ),
    (
        "ReplaceListItem",
        "fbf62922-bea1-4a3d-8bac-23587f810b38",
        {"list": NEEDED, "index": NEEDED, "value": NEEDED},
        ["updated_list", "old_item"],
    ),
    ("ListIsEmpty", "896ed73b-27d0-41be-813c-c1c1dc856c03", {"list": NEEDED}, ["is_empty"]),
    ("ReverseListOrder", "422cb708-3109-4277-bfe3-bc2ae5812777", {"input_list": NEEDED}, ["reversed_list"]),
    (
        "ConcatenateLists",
        "3cf9298b-5817-4141-9d80-7c2cc5199c8e",
        {"lists": NEEDED, "deduplicate": False, "remove_none": False},
        ["concatenated_list", "length"],
    ),
    (
        "FlattenList",
        "cc45bb0f-d035-4756-96a7-fe3e36254b4d",
        {"nested_list": NEEDED, "max_depth": -1},
        ["flattened_list", "length", "original_depth"],
    ),
    (
        "InterleaveLists",
        "9f616084-1d9f-4f8e-bc00-5b9d2a75cd75",
        {"lists": NEEDED},
        ["interleaved_list", "length"],
    ),
    (
        "ZipLists",
        "0d0e684f-5cb9-4c4b-b8d1-47a0860e0c07",
        {"lists": NEEDED, "pad_to_longest": False, "fill_value": None},
        ["zipped_list", "length"],
    ),
    (
        "ListDifference",
        "05309873-9d61-447e-96b5-b804e2511829",
        {"list_a": NEEDED, "list_b": NEEDED, "symmetric": False},
        ["difference", "length"],
    ),
    (
        "ListIntersection",
        "b6eb08b6-dbe3-411b-b9b4-2508cb311a1f",
        {"list_a": NEEDED, "list_b": NEEDED},
        ["intersection", "length"],
    ),
    (
        "MatchTextPattern",
        "3060088f-6ed9-4928-9ba7-9c92823a7ccd",
        {"text": NEEDED, "match": NEEDED, "data": NEEDED, "case_sensitive": True, "dot_all": True},
        ["positive", "negative"],
    ),
    (
        "ExtractTextInformation",
        "3146e4fe-2cdd-4f29-bd12-0c9d5bb4deb0",
        {
            "text": NEEDED,
            "pattern": NEEDED,
            "group": 0,
            "case_sensitive": True,
            "dot_all": True,
            "find_all": False,
        },
        ["positive", "negative", "matched_results", "matched_count"],
    ),
    (
        "FillTextTemplate",
        "db7d8f02-2f44-4c55-ab7a-eae0941f0c30",
        {"values": NEEDED, "format": NEEDED, "escape_html": False},
        ["output"],
    ),
    ("CombineTexts", "e30a4d42-7b7d-4e6a-b36e-1f9b8e3b7d85", {"input": NEEDED, "delimiter": ""}, ["output"]),
    (
        "TextSplit",
        "d5ea33c8-a575-477a-b42f-2fe3be5055ec",
        {"text": NEEDED, "delimiter": NEEDED, "strip": True},
        ["texts"],
    ),
    ("TextReplace", "7e7c87ab-3469-4bcc-9abe-67705091b713", dict.fromkeys(("text", "old", "new"), NEEDED), ["output"]),
    (
        "FileRead",
        "3735a31f-7e18-4aca-9e90-08a7120674bc",
        {"file_input": NEEDED, "delimiter": "", "size_limit": 0, "row_limit": 0, "skip_size": 0, "skip_rows": 0},
        ["content"],
    ),
    ("TextEncoder", "5185f32e-4b65-4ecf-8fbb-873f003f09d6", {"text": NEEDED}, ["encoded_text"]),
    ("TextDecoder", "2570e8fe-8447-43ed-84c7-70d657923231", {"text": NEEDED}, ["decoded_text"]),
    ("WordCharacterCount", "ab2a782d-22cf-4587-8a70-55b59b3f9f90", {"text": NEEDED}, ["word_count", "character_count"]),
    (
        "CodeExtraction",
        "d3a7d896-3b78-4f44-8b4b-48fbf4f0bcd8",
        {"text": NEEDED},
        [
            *("html", "css", "javascript", "python", "sql", "java", "cpp", "csharp", "json_code", "bash", "php"),
            *("ruby", "yaml", "markdown", "typescript", "xml", "remaining_text"),
        ],
    ),
    (
        "ReadSpreadsheet",
        "acf7625e-d2cb-4941-bfeb-2819fc6fc015",
        {
            "contents": None,
            "file_input": None,
            "delimiter": ",",
            "quotechar": '"',
            "escapechar": "\\",
            "has_header": True,
            "skip_rows": 0,
            "strip": True,
            "skip_columns": [],
            "produce_singular_result": False,
        },
        ["row", "rows"],
    ),
    ("XMLParser", "286380af-9529-4b55-8be0-1d7c854abdb5", {"input_xml": NEEDED}, ["parsed_xml"]),
    (
        "DataSampling",
        "4a448883-71fa-49cf-91cf-70d793bd7d87",
        {
            "data": NEEDED,
            "sample_size": 10,
            "sampling_method": "random",
            "accumulate": False,
            "random_seed": None,
            "stratify_key": None,
            "weight_key": None,
            "cluster_key": None,
        },
        ["sampled_data", "sample_indices"],
    ),
    (
        "PersistInformation",
        "1d055e55-a2b9-4547-8311-907d05b0304d",
        {"key": NEEDED, "value": NEEDED, "scope": "within_agent"},
        ["value"],
    ),
    (
        "RetrieveInformation",
        "d8710fc9-6e29-481e-a7d5-165eb16f8471",
        {"key": NEEDED, "scope": "within_agent", "default_value": None},
        ["value"],
    ),
    (
        "GetCurrentTime",
        "a892b8d9-3e4e-4e9c-9c1e-75f8efcf1bfa",
        {"trigger": NEEDED, "format_type": STRFTIME | {"format": "%H:%M:%S"}},
        ["time"],
    ),
    (
        "GetCurrentDate",
        "b29c1b50-5d0e-4d9f-8f9d-1b0e6fcbf0b1",
        {"trigger": NEEDED, "offset": 0, "format_type": STRFTIME | {"format": "%Y-%m-%d"}},
        ["date"],
    ),
    (
        "GetCurrentDateAndTime",
        "716a67b3-6760-42e7-86dc-18645c6e00fc",
        {"trigger": NEEDED, "format_type": STRFTIME | {"format": "%Y-%m-%d %H:%M:%S"}},
        ["date_time"],
    ),
    (
        "SendWebRequest",
        "6595ae1f-b924-42cb-9a41-551a0611c4b4",
        {
            "url": NEEDED,
            "method": "POST",
            "headers": {},
            "json_format": True,
            "body": None,
            "files_name": "file",
            "files": [],
        },
        ["response", "client_error", "server_error"],
    ),
    (
        "SendAuthenticatedWebRequest",
        "fff86bcd-e001-4bad-a7f6-2eae4720c8dc",
        {"credentials": NEEDED, "url": NEEDED, "method": "POST", "headers": {}, "json_format": True, "body": None},
        ["response", "client_error", "server_error"],
    ),
    (
        "ReadRSSFeed",
        "5ebe6768-8e5d-41e3-9134-1c7bd89a8d52",
        {"rss_url": NEEDED, "time_period": 1440, "polling_rate": NEEDED, "run_continuously": True},
        ["entry", "entries"],
    ),
    ("GetWikipediaSummary", "f5b0f5d0-1862-4d61-94be-3ad0fa772760", {"topic": NEEDED}, ["summary"]),
]

STATIC = frozenset(
    {
        *("AgentOutput", "StoreValue", "FileStore", "RetrieveInformation"),
        *(row[0] for row in DECLARED if row[0].startswith("Agent") and row[0].endswith("Input")),
    }
)
KINDS = {
    "AgentExecutor": BlockType.AGENT,
    "AgentOutput": BlockType.OUTPUT,
    "AICondition": BlockType.AI,
    "HumanInTheLoop": BlockType.HUMAN,
    "Note": BlockType.NOTE,
    **{name: BlockType.INPUT for name in STATIC if name.startswith("Agent") and name.endswith("Input")},
}


@pytest.mark.parametrize(("name", "id_", "inputs", "emitted"), DECLARED, ids=[row[0] for row in DECLARED])
def test_block_is_declared_as_graphs_expect_it(name: str, id_: str, inputs: dict[str, Any], emitted: list[str]) -> None:
    block = block_named(name)

    assert block.id == id_
    assert block.static_output is (name in STATIC)
    assert block.block_type is KINDS.get(name, BlockType.STANDARD)
    assert block.disabled is (name == "PrintToConsole")
    assert {pin: default_of(block, pin) for pin in inputs} == inputs
    assert [pin for pin in block.Output.model_fields if pin != "error"] == emitted


def test_whole_table_is_there() -> None:
    assert len({row[1] for row in DECLARED}) == len(DECLARED) == 69


def test_limits_are_those_of_the_platform() -> None:
    assert (MAX_ELEMENTS, MAX_CHARACTERS, MAX_DEPTH) == (10_000, 1_048_576, 1_000)


def default_of(block: Any, pin: str) -> Any:
    field = block.Input.model_fields[pin]
    if field.is_required():
        return NEEDED
    value = field.get_default(call_default_factory=True)
    return value.model_dump() if hasattr(value, "model_dump") else value
