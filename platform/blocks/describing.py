"""Describing blocks for readers, from nothing but their classes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.fields import FieldInfo

from blocks.base import Block, Effect, Pins
from blocks.prices import CostType, Price

_EFFECTS = {
    Effect.PURE: "nothing leaves the machine",
    Effect.IDEMPOTENT: "may run again after a crash",
    Effect.ONCE: "never runs twice",
}


def catalogue(blocks: Iterable[Block]) -> str:
    """All of them in Markdown, by their first category."""
    groups: dict[str, list[Block]] = defaultdict(list)
    for block in sorted(blocks, key=lambda block: block.name):
        groups[min(block.categories)].append(block)
    lines = ["# Blocks", "", "Made from the classes by `manage.py document_blocks`; changes are made there.", ""]
    for category in sorted(groups):
        lines += [f"## {category.replace('_', ' ').capitalize()}", ""]
        for block in groups[category]:
            lines += [*_described(block), ""]
    return "\n".join(lines)


def _described(block: Block) -> Iterator[str]:
    yield f"### {block.name}"
    yield ""
    yield f"{block.description} `{block.id}`; {', '.join(_facts(block))}."
    yield ""
    yield "| pin | kind | meaning |"
    yield "|---|---|---|"
    yield from (_row(name, field, "in", field.is_required()) for name, field in _fields(block.Input))
    yield from (_row(name, field, "out", False) for name, field in _fields(block.Output))


def _facts(block: Block) -> Iterator[str]:
    yield _EFFECTS[block.effect]
    yield "free" if not block.prices else " or ".join(map(_price, block.prices))
    if block.disabled:
        yield "disabled"
    if block.admin_only:
        yield "for administrators"
    if block.switch:
        yield f"needs `{block.switch}`"
    if block.is_sensitive:
        yield "sensitive"


def _price(price: Price) -> str:
    if price.type is CostType.RUN:
        return f"{price.amount} {'credit' if price.amount == 1 else 'credits'}"
    return f"priced by {price.type.value.lower().replace('_', ' ')}"


def _fields(pins: type[Pins]) -> Iterator[tuple[str, FieldInfo]]:
    return ((name, field) for name, field in pins.model_fields.items() if not _extra(field).get("hidden"))


def _extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _row(name: str, field: FieldInfo, direction: str, required: bool) -> str:
    meaning = " ".join((field.description or "").split()).replace("|", "\\|")
    return f"| `{name}` | {direction}{', required' if required else ''} | {meaning} |"
