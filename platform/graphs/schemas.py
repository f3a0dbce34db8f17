"""What a graph asks for and gives, as JSON schemas computed from its input and output nodes. Pure.

The shapes are those of the AutoGPT Platform.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from blocks.base import Block, BlockType, Pins
from blocks.library.agent_inputs import AgentDropdownInputBlock, AgentTableInputBlock
from blocks.registry import Registry
from graphs.document import GraphDocument

#: What the pin of a block says about itself, but not about the graph's input that it stands for.
_OF_THE_PIN = ("title", "description", "default", "secret", "advanced", "hidden", "placeholder")
_COLUMNS = AgentTableInputBlock.Input.model_fields["column_headers"].get_default(call_default_factory=True)


def input_schema(document: GraphDocument, registry: Registry) -> dict[str, Any]:
    """The graph's inputs. Required are those without a value."""
    return _schema(document, registry, BlockType.INPUT)


def output_schema(document: GraphDocument, registry: Registry) -> dict[str, Any]:
    """The graph's outputs. Required are those without a constant, which is nearly all of them."""
    return _schema(document, registry, BlockType.OUTPUT)


def named_nodes(
    document: GraphDocument, registry: Registry, kind: BlockType
) -> Iterator[tuple[str, Block, dict[str, Any]]]:
    """`(name, block, constants)` of the input or output nodes that have a name, in the order of the nodes."""
    for node in document.nodes:
        block = registry.find(node.block_id)
        name = node.input_default.get("name")
        if block is not None and block.block_type is kind and isinstance(name, str) and name:
            yield name, block, node.input_default


def names(document: GraphDocument, registry: Registry, kind: BlockType) -> frozenset[str]:
    """The names of the graph's inputs or outputs."""
    return frozenset(name for name, _, _ in named_nodes(document, registry, kind))


def properties_of(schema: Any) -> dict[str, Any]:
    """The properties of a stored JSON schema, which may be anything."""
    found = schema.get("properties") if isinstance(schema, dict) else None
    return found if isinstance(found, dict) else {}


def _schema(document: GraphDocument, registry: Registry, kind: BlockType) -> dict[str, Any]:
    """Of several nodes with one name, the last one counts."""
    found = {name: (block, constants) for name, block, constants in named_nodes(document, registry, kind)}
    return {
        "type": "object",
        "properties": {name: _property(name, block, constants) for name, (block, constants) in found.items()},
        "required": [name for name, (_, constants) in found.items() if constants.get("value") is None],
    }


def _property(name: str, block: Block, constants: dict[str, Any]) -> dict[str, Any]:
    """The stored `advanced` counts only where there is a value: what must be filled in is never hidden."""
    value, description = constants.get("value"), constants.get("description")
    return {
        **_value_schema(block.Input),
        **_of_kind(block, constants),
        "secret": bool(constants.get("secret")),
        "advanced": value is not None and bool(constants.get("advanced")),
        "title": constants.get("title") or name,
        **({"description": description} if description else {}),
        **({"default": value} if value is not None else {}),
    }


def _of_kind(block: Block, constants: dict[str, Any]) -> dict[str, Any]:
    if isinstance(block, AgentDropdownInputBlock):
        options = constants.get("options")
        return {"enum": options} if isinstance(options, list) and options else {}
    if isinstance(block, AgentTableInputBlock):
        return {"format": "table", "items": _row_schema(constants.get("column_headers", _COLUMNS))}
    return {}


def _row_schema(headers: Any) -> dict[str, Any]:
    columns = [str(header) for header in headers] if isinstance(headers, list) else []
    return {"type": "object", "properties": {column: {"type": "string"} for column in columns}}


@cache
def _value_schema(model: type[Pins]) -> dict[str, Any]:
    value = model.model_json_schema().get("properties", {}).get("value", {})
    return {key: part for key, part in value.items() if key not in _OF_THE_PIN}
