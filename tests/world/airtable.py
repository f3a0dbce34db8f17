"""Airtable, as airtable.com/developers/web/api describes it: one base with a table People."""

from dataclasses import dataclass, field
from typing import Any

from tests.world.server import Call, Said, World

BASE = "https://api.airtable.com"
RECORDS = f"POST {BASE}/v0/app1/People"
BASES = f"GET {BASE}/v0/meta/bases"
TABLES = f"GET {BASE}/v0/meta/bases/*/tables"
NEW_BASE = f"POST {BASE}/v0/meta/bases"

PEOPLE = {
    "id": "tbl1",
    "name": "People",
    "fields": [
        {"id": "fld1", "name": "Name", "type": "singleLineText"},
        {"id": "fld2", "name": "Member", "type": "checkbox"},
        {"id": "fld3", "name": "Tags", "type": "multipleSelects"},
        {"id": "fld4", "name": "Age", "type": "number"},
    ],
}
#: Its own limit for one call.
MOST = 10


@dataclass
class Airtable:
    """pages: of the list of bases.  records: in the table."""

    world: World
    pages: list[list[dict[str, str]]] = field(default_factory=lambda: [[{"id": "app1", "name": "Library"}]])
    records: list[dict[str, Any]] = field(default_factory=list)

    def open(self) -> None:
        self.world.says(RECORDS, self.create)
        self.world.says(BASES, self._bases)
        self.world.says(TABLES, {"tables": [PEOPLE]})
        self.world.says(NEW_BASE, {"id": "app2", "tables": [PEOPLE]})

    def create(self, call: Call) -> Said:
        wanted = call.json["records"]
        if len(wanted) > MOST:
            return 422, {"error": {"type": "INVALID_REQUEST_UNKNOWN", "message": "Too many records"}}
        first = len(self.records)
        made = [
            {"id": f"rec{number}", "createdTime": "2026-01-02T03:04:05.000Z", "fields": record["fields"]}
            for number, record in enumerate(wanted, start=first)
        ]
        self.records += made
        return {"records": made}

    def _bases(self, call: Call) -> Said:
        page = int(call.params.get("offset", "0"))
        more = {"offset": str(page + 1)} if page + 1 < len(self.pages) else {}
        return {"bases": self.pages[page], **more}
