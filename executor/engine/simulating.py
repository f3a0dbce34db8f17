"""What a block might emit, made up from the types of its outputs. The same block always emits the same. Pure."""

from collections.abc import AsyncIterator, Mapping
from functools import cache
from typing import Any

from blocks.base import Block, Pins

#: Schemas inside each other that are followed; what is deeper is null.
_DEPTH = 8
_FORMATS = {
    "date": "2026-01-01",
    "time": "00:00:00",
    "date-time": "2026-01-01T00:00:00Z",
    "uri": "https://example.org/",
}

Schema = Mapping[str, Any]


async def simulated(block: Block) -> AsyncIterator[tuple[str, Any]]:
    """What the block says of itself, else one value on each output, except `error`."""
    own = block.simulated
    for name, value in (simulated_outputs(block.Output) if own is None else own).items():
        yield name, value


@cache
def simulated_outputs(model: type[Pins]) -> Mapping[str, Any]:
    """`{output name: value}`; nobody changes it."""
    schema = model.model_json_schema()
    kinds = schema.get("$defs", {})
    pins = schema.get("properties", {}).items()
    return {name: _example(name, pin, kinds, _DEPTH) for name, pin in pins if name != "error"}


def _example(name: str, schema: Schema, kinds: Mapping[str, Schema], depth: int) -> Any:
    """A value that the schema allows, as far as that can be told."""
    if depth == 0:
        return None
    if "$ref" in schema:
        return _example(name, kinds.get(schema["$ref"].rpartition("/")[2], {}), kinds, depth - 1)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return _example(name, _first(schema[key]), kinds, depth - 1)
    return _of_type(name, schema, kinds, depth)


def _of_type(name: str, schema: Schema, kinds: Mapping[str, Schema], depth: int) -> Any:
    match schema.get("type"):
        case "integer":
            return max(1, int(schema.get("minimum", 1)))
        case "number":
            return max(1.0, float(schema.get("minimum", 1.0)))
        case "boolean":
            return True
        case "null":
            return None
        case "array":
            return [_example(name, schema.get("items") or {}, kinds, depth - 1)]
        case "object":
            inner = schema.get("properties", {}).items()
            return {key: _example(key, part, kinds, depth - 1) for key, part in inner}
        case _:
            return _FORMATS.get(schema.get("format", ""), f"simulated {name}")


def _first(schemas: list[Schema]) -> Schema:
    """The first one that is not null."""
    return next((schema for schema in schemas if schema.get("type") != "null"), schemas[0])
