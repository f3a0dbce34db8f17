from typing import Any

import pytest

from blocks.credentials import CredentialType
from blocks.errors import BlockError
from blocks.library.airtable import AirtableCreateBaseBlock, AirtableCreateRecordsBlock, empty_value, fields_of
from tests.blocks.running import CANARY, make_credential
from tests.blocks.services import ask
from tests.world.airtable import BASES, NEW_BASE, PEOPLE, RECORDS, TABLES, Airtable
from tests.world.server import Call, Said, World
from tests.world.troubles import Trouble, assert_told, each_trouble

ADDING = {"base_id": "app1", "table_id_or_name": "People", "records": [{"fields": {"Name": "Ada"}}]}
MAKING = {"workspace_id": "wsp1", "name": "Library"}


async def test_records_are_added_and_their_empty_fields_are_shown(world: World) -> None:
    Airtable(world).open()
    [(name, records)] = await ask(AirtableCreateRecordsBlock(), ADDING, world)
    assert name == "records"
    assert records[0]["id"] == "rec0"
    assert records[0]["fields"] == {"Name": "Ada", "Member": False, "Tags": [], "Age": None}
    [call] = world.asked(*RECORDS.split())
    assert call.json == {"records": ADDING["records"], "typecast": False, "returnFieldsByFieldId": False}
    assert call.headers["authorization"] == f"Bearer {CANARY}"


async def test_fields_can_be_called_by_their_ids(world: World) -> None:
    Airtable(world).open()
    inputs = ADDING | {"records": [{"fld1": "Ada"}], "return_fields_by_field_id": True, "typecast": True}
    [(_, records)] = await ask(AirtableCreateRecordsBlock(), inputs, world)
    assert records[0]["fields"] == {"fld1": "Ada", "fld2": False, "fld3": [], "fld4": None}
    assert world.asked(*RECORDS.split())[0].json["returnFieldsByFieldId"] is True


async def test_the_table_is_not_looked_at_when_empty_fields_do_not_matter(world: World) -> None:
    service = Airtable(world)
    service.open()
    [(_, records)] = await ask(AirtableCreateRecordsBlock(), ADDING | {"skip_normalization": True}, world)
    assert records == service.records
    assert [call.method for call in world.calls] == ["POST"]


async def test_many_records_are_added_ten_at_a_time(world: World) -> None:
    service = Airtable(world)
    service.open()
    inputs = ADDING | {"records": [{"Name": str(number)} for number in range(23)]}
    [(_, records)] = await ask(AirtableCreateRecordsBlock(), inputs, world)
    assert [record["fields"]["Name"] for record in records] == [str(number) for number in range(23)]
    assert [len(call.json["records"]) for call in world.asked(*RECORDS.split())] == [10, 10, 3]


async def test_whoever_fails_in_the_middle_says_what_was_added(world: World) -> None:
    service = Airtable(world)
    service.open()

    def third_time_no(call: Call) -> Said:
        if len(service.records) == 20:
            return 422, {"error": {"type": "INVALID", "message": "Unknown field name"}}
        return service.create(call)

    world.says(RECORDS, third_time_no)
    inputs = ADDING | {"records": [{"Name": "x"}] * 23}
    with pytest.raises(BlockError, match=r"422: Unknown field name The first 20 records were added before\."):
        await ask(AirtableCreateRecordsBlock(), inputs, world)


async def test_values_that_were_not_taken_over_are_told(world: World) -> None:
    details = {"message": "partialSuccess", "reasons": ["attachmentsFailedUploading"]}
    world.says(RECORDS, {"records": [{"id": "rec1", "fields": {}}], "details": details})
    emitted = await ask(AirtableCreateRecordsBlock(), ADDING | {"skip_normalization": True}, world)
    assert emitted == [("details", details), ("records", [{"id": "rec1", "fields": {}}])]


async def test_nothing_is_added_to_a_table_that_is_not_there(world: World) -> None:
    Airtable(world).open()
    with pytest.raises(BlockError, match="The base app1 has no table Animals"):
        await ask(AirtableCreateRecordsBlock(), ADDING | {"table_id_or_name": "Animals"}, world)
    assert world.asked(*RECORDS.split()) == []


@pytest.mark.parametrize("table", ["a/b", "?x=1", "#1", "Zoë & co", "%2e%2e"])
async def test_the_name_of_a_table_is_no_path(world: World, table: str) -> None:
    address = f"https://api.airtable.com/v0/app1/{table}"
    world.says(f"POST {address}", {"records": []})
    await ask(AirtableCreateRecordsBlock(), ADDING | {"table_id_or_name": table, "skip_normalization": True}, world)
    assert [(call.address, call.params) for call in world.calls] == [(address, {})]


@pytest.mark.parametrize("table", ["", ".", ".."])
async def test_a_table_that_would_lead_elsewhere_is_refused(world: World, table: str) -> None:
    with pytest.raises(BlockError, match="cannot stand in an address"):
        await ask(AirtableCreateRecordsBlock(), ADDING | {"table_id_or_name": table, "skip_normalization": True}, world)
    assert world.calls == []


async def test_a_connected_account_does_as_well_as_a_key(world: World) -> None:
    Airtable(world).open()
    credentials = {"credentials": make_credential("airtable", CredentialType.OAUTH2)}
    await ask(AirtableCreateRecordsBlock(), ADDING, world, credentials=credentials)
    assert {call.headers["authorization"] for call in world.calls} == {f"Bearer {CANARY}"}


async def test_a_base_of_that_name_is_found(world: World) -> None:
    Airtable(world, pages=[[{"id": "app0", "name": "Shop"}], [{"id": "app1", "name": "Library"}]]).open()
    emitted = await ask(AirtableCreateBaseBlock(), MAKING, world)
    assert emitted == [("base_id", "app1"), ("was_created", False), ("tables", [PEOPLE]), ("table", PEOPLE)]
    assert world.asked(*NEW_BASE.split()) == []


async def test_a_base_that_is_missing_is_made(world: World) -> None:
    Airtable(world).open()
    emitted = await ask(AirtableCreateBaseBlock(), MAKING | {"name": "Archive"}, world)
    assert emitted == [("base_id", "app2"), ("was_created", True), ("tables", [PEOPLE]), ("table", PEOPLE)]
    wanted = world.asked(*NEW_BASE.split())[0].json
    assert (wanted["workspaceId"], wanted["name"]) == ("wsp1", "Archive")
    assert wanted["tables"][0]["fields"][0]["name"] == "ID"


async def test_a_second_base_of_that_name_is_made_if_wanted(world: World) -> None:
    Airtable(world).open()
    tables = [{"name": "Books", "fields": [{"name": "Title", "type": "singleLineText"}]}]
    emitted = dict(await ask(AirtableCreateBaseBlock(), MAKING | {"find_existing": False, "tables": tables}, world))
    assert emitted["was_created"] is True
    assert [call.json["tables"] for call in world.calls] == [tables]


async def test_the_search_for_a_base_ends(world: World) -> None:
    """Whatever the service says of further pages."""
    world.says(BASES, {"bases": [], "offset": "again"})
    with pytest.raises(BlockError, match="more than 20 pages of bases"):
        await ask(AirtableCreateBaseBlock(), MAKING, world)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("singleLineText", ""), ("checkbox", False), ("multipleAttachments", []), ("number", None), ("unheardOf", None)],
)
def test_what_an_empty_field_holds(kind: str, value: Any) -> None:
    assert empty_value(kind) == value


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        ({"fields": {"Name": "Ada"}}, {"Name": "Ada"}),
        ({"Name": "Ada"}, {"Name": "Ada"}),
        ({"fields": "a field of that name"}, {"fields": "a field of that name"}),
        ({}, {}),
    ],
)
def test_a_record_may_be_its_fields_only(record: dict[str, Any], fields: dict[str, Any]) -> None:
    assert fields_of(record) == {"fields": fields}


@each_trouble
@pytest.mark.parametrize(
    ("block", "asked", "inputs"),
    [
        (AirtableCreateRecordsBlock(), RECORDS, ADDING | {"skip_normalization": True}),
        (AirtableCreateRecordsBlock(), TABLES, ADDING),
        (AirtableCreateBaseBlock(), BASES, MAKING),
        (AirtableCreateBaseBlock(), NEW_BASE, MAKING | {"find_existing": False}),
    ],
    ids=["records", "tables", "bases", "base"],
)
async def test_trouble_is_told(trouble: Trouble, world: World, asked: str, block: Any, inputs: dict[str, Any]) -> None:
    await assert_told(trouble, world, asked, block, inputs)
