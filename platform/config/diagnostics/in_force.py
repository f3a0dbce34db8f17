"""The settings in force, in the order of their documentation, without what is secret."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from config.env import ROOT, Found, Source, env

TABLE = ROOT / "docs" / "settings.md"
_HEAD = re.compile(r"^## (.+)$")
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (.*?) \| (.*?) \| (.*) \|$")
_LINK = re.compile(r"\[([^]]+)\]\([^)]*\)")
UNDOCUMENTED = "Others"


@dataclass(frozen=True, slots=True)
class Documented:
    """A row of the documentation."""

    section: str
    name: str
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Row:
    """text: what is shown of the value; None while nothing may be."""

    name: str
    unit: str
    meaning: str
    source: Source
    text: str | None

    @property
    def is_default(self) -> bool:
        return self.source == Source.DEFAULT


def sections() -> dict[str, list[Row]]:
    """By the heads of the documentation; at the end, what stands nowhere there. Of this process, since its start."""
    return arranged(documentation(), env.found)


def arranged(known: tuple[Documented, ...], found: Mapping[str, Found]) -> dict[str, list[Row]]:
    """Pure but for the names in the environment."""
    rows: dict[str, list[Row]] = {}
    for one in known:
        rows.setdefault(one.section, []).append(_row(one, found.get(one.name)))
    names = {one.name for one in known}
    others = [_row(Documented(UNDOCUMENTED, name, "", ""), found[name]) for name in sorted(found.keys() - names)]
    return rows | ({UNDOCUMENTED: others} if others else {})


@cache
def documentation() -> tuple[Documented, ...]:
    """Empty where it was not installed."""
    text = TABLE.read_text() if TABLE.exists() else ""
    return tuple(_documented(text))


def _documented(text: str) -> Iterator[Documented]:
    section = ""
    for line in text.splitlines():
        if head := _HEAD.match(line):
            section = head[1]
        elif row := _ROW.match(line):
            yield Documented(section, row[1], _plain(row[2]), _plain(row[4]))


def _plain(text: str) -> str:
    """Without the marks of Markdown."""
    return _LINK.sub(r"\1", text).replace("`", "")


def _row(one: Documented, found: Found | None) -> Row:
    if found is None:
        found = Found(Source.SET if one.name in os.environ else Source.DEFAULT, None)
    return Row(one.name, one.unit, one.meaning, found.source, found.text)
