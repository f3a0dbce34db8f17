"""Tables of Airtable.

Source: airtable.com/developers/web/api, v0.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from blocks.answers import entries, find, part
from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.paths import path_part
from blocks.prices import Price
from blocks.service import Service

AIRTABLE = Service("Airtable", "https://api.airtable.com")

#: Airtable's own limit for one call.
RECORDS_A_CALL = 10
MAX_RECORDS = 1_000
#: Of 1,000 bases each.
MAX_PAGES_OF_BASES = 20

_TEXTS = frozenset({"singleLineText", "multilineText", "richText", "email", "url", "phoneNumber"})
_LISTS = frozenset(
    {"multipleSelects", "multipleRecordLinks", "multipleAttachments", "multipleCollaborators", "multipleLookupValues"}
)


def _default_tables() -> list[dict[str, Any]]:
    """A base needs a table, and a table a field."""
    field = {"name": "ID", "type": "number", "description": "Counts the records.", "options": {"precision": 0}}
    return [{"name": "Default table", "description": "Default table", "fields": [field]}]


class AirtableCreateRecordsBlock(Block):
    """Adds records to a table, ten at a time, because Airtable takes no more at once."""

    id = "42527e98-47b6-44ce-ac0e-86b4883721d3"
    description = "Adds records to a table of Airtable."
    categories = frozenset({Category.DATA})
    effect = Effect.ONCE
    prices = (Price(1),)
    examples = (
        Example(
            input={
                "base_id": "app1",
                "table_id_or_name": "People",
                "records": [{"fields": {"Name": "Ada"}}],
                "skip_normalization": True,
            },
            output=[
                ("records", [{"id": "rec1", "createdTime": "2026-01-02T03:04:05.000Z", "fields": {"Name": "Ada"}}])
            ],
            web={
                "POST https://api.airtable.com/v0/app1/People": {
                    "records": [{"id": "rec1", "createdTime": "2026-01-02T03:04:05.000Z", "fields": {"Name": "Ada"}}]
                },
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin(
            "airtable",
            types=(CredentialType.API_KEY, CredentialType.OAUTH2),
            scopes=("data.records:write", "schema.bases:read"),
            description="A personal access token or a connected account of Airtable.",
        )
        base_id: str = Pin(description="The id of the base; it begins with app.")
        table_id_or_name: str = Pin(description="The id or the name of the table.")
        records: list[dict[str, Any]] = Pin(
            description='The records, each as {"fields": {name of a field: value}}, or only its fields.',
            max_length=MAX_RECORDS,
        )
        skip_normalization: bool = Pin(
            default=False, description="Whether fields without a value are left out, as Airtable does."
        )
        typecast: bool = Pin(default=False, description="Whether Airtable turns texts into what a field takes.")
        return_fields_by_field_id: bool = Pin(
            default=False, description="Whether fields are called by their ids in the output."
        )

    class Output(Pins):
        records: list[dict[str, Any]] = Pin(description="The new records, each with id, createdTime and fields.")
        details: dict[str, Any] = Pin(description="What Airtable says of values that it did not take over.")
        error: str = Pin(description="Why records are missing.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        empty = {} if input.skip_normalization else await _empty_fields(input, context)
        created: list[dict[str, Any]] = []
        for some in _lots([fields_of(record) for record in input.records]):
            said = await _create(some, input, context, done=len(created))
            created += entries(said, "records")
            if details := find(said, "details"):
                yield "details", details
        yield "records", [{**record, "fields": {**empty, **(record.get("fields") or {})}} for record in created]


class AirtableCreateBaseBlock(Block):
    """Makes a base, unless there is one of that name and it does as well."""

    id = "f59b88a8-54ce-4676-a508-fd614b4e8dce"
    description = "Makes a base of Airtable, or finds the one that has its name."
    categories = frozenset({Category.DATA})
    effect = Effect.ONCE
    prices = (Price(1),)
    examples = (
        Example(
            input={"workspace_id": "wsp1", "name": "Library"},
            output=[
                ("base_id", "app1"),
                ("was_created", False),
                ("tables", [{"id": "tbl1", "name": "Books"}]),
                ("table", {"id": "tbl1", "name": "Books"}),
            ],
            web={
                "GET https://api.airtable.com/v0/meta/bases": {"bases": [{"id": "app1", "name": "Library"}]},
                "GET https://api.airtable.com/v0/meta/bases/app1/tables": {"tables": [{"id": "tbl1", "name": "Books"}]},
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin(
            "airtable",
            types=(CredentialType.API_KEY, CredentialType.OAUTH2),
            scopes=("schema.bases:read", "schema.bases:write"),
            description="A personal access token or a connected account of Airtable.",
        )
        workspace_id: str = Pin(description="The id of the workspace; it begins with wsp.")
        name: str = Pin(description="The name of the base.")
        find_existing: bool = Pin(default=True, description="Whether a base that has the name already does as well.")
        tables: list[dict[str, Any]] = Pin(
            default_factory=_default_tables, description="The tables, each with name and fields."
        )

    class Output(Pins):
        base_id: str = Pin(description="The id of the base.")
        was_created: bool = Pin(description="Whether it is new.")
        tables: list[dict[str, Any]] = Pin(description="Its tables.")
        table: dict[str, Any] = Pin(description="Each of its tables.")
        error: str = Pin(description="Why there is no base.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        found = await _find_base(input.name, context) if input.find_existing else None
        if found is None:
            base_id, tables = await _create_base(input, context)
        else:
            base_id, tables = found, await _tables(found, context)
        yield "base_id", base_id
        yield "was_created", found is None
        yield "tables", tables
        for table in tables:
            yield "table", table


def fields_of(record: dict[str, Any]) -> dict[str, Any]:
    """The record as Airtable wants it, also if only its fields were given."""
    return {"fields": record["fields"] if isinstance(record.get("fields"), dict) else record}


def empty_value(kind: str) -> Any:
    """What a field of this type holds when it holds nothing."""
    if kind == "checkbox":
        return False
    if kind in _TEXTS:
        return ""
    return [] if kind in _LISTS else None


def _lots(records: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(records), RECORDS_A_CALL):
        yield records[start : start + RECORDS_A_CALL]


async def _create(
    records: list[dict[str, Any]], input: AirtableCreateRecordsBlock.Input, context: Context, *, done: int
) -> Any:
    """Raises BlockError that says how many are in the table all the same."""
    wanted = {
        "records": records,
        "typecast": input.typecast,
        "returnFieldsByFieldId": input.return_fields_by_field_id,
    }
    path = f"/v0/{path_part(input.base_id)}/{path_part(input.table_id_or_name)}"
    try:
        return await AIRTABLE.ask(context, "POST", path, json=wanted)
    except BlockError as error:
        if not done:
            raise
        raise BlockError(f"{error.message} The first {done} records were added before.", **error.data) from error


async def _empty_fields(input: AirtableCreateRecordsBlock.Input, context: Context) -> dict[str, Any]:
    """An empty record of the table, asked for before anything is added. Raises BlockError if there is no such table."""
    for table in await _tables(input.base_id, context):
        if input.table_id_or_name in (table.get("id"), table.get("name")):
            key = "id" if input.return_fields_by_field_id else "name"
            return {str(field.get(key)): empty_value(str(field.get("type"))) for field in entries(table, "fields")}
    raise BlockError(f"The base {input.base_id[:100]} has no table {input.table_id_or_name[:100]}.")


async def _find_base(name: str, context: Context) -> str | None:
    """Airtable cannot search them, so all are looked through."""
    offset = None
    for _ in range(MAX_PAGES_OF_BASES):
        said = await AIRTABLE.ask(context, "GET", "/v0/meta/bases", params={"offset": offset})
        for base in entries(said, "bases"):
            if base.get("name") == name:
                return str(part(AIRTABLE, base, "id"))
        offset = find(said, "offset")
        if not offset:
            return None
    raise BlockError(f"Airtable has more than {MAX_PAGES_OF_BASES} pages of bases, too many to find one by its name.")


async def _create_base(input: AirtableCreateBaseBlock.Input, context: Context) -> tuple[str, list[dict[str, Any]]]:
    wanted = {"workspaceId": input.workspace_id, "name": input.name, "tables": input.tables}
    said = await AIRTABLE.ask(context, "POST", "/v0/meta/bases", json=wanted)
    return str(part(AIRTABLE, said, "id")), entries(said, "tables")


async def _tables(base_id: str, context: Context) -> list[dict[str, Any]]:
    said = await AIRTABLE.ask(context, "GET", f"/v0/meta/bases/{path_part(base_id)}/tables")
    return entries(said, "tables")
