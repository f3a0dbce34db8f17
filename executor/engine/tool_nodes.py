"""Which nodes a model may call, as the plan of its graph has it. Pure."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from blocks.base import BlockType, Pins
from blocks.llm.tool_nodes import ToolNode
from blocks.pins import base_name
from executor.engine.state import NodeRun
from graphs.plan import Plan, PlanNode
from graphs.secrets import secret_pins

Plans = Mapping[tuple[str, int | None], Plan]
Schema = Mapping[str, Any]


def tool_nodes(run: NodeRun, plans: Plans) -> tuple[ToolNode, ...]:
    """Those that links lead to from the output `tools` of a node execution, in the order of the links."""
    pins: dict[str, list[str]] = {}
    for link in run.node.output_links:
        if link.selector.tools:
            fed = pins.setdefault(link.sink_id, [])
            if link.sink_name not in fed:
                fed.append(link.sink_name)
    nodes = run.graph.plan.nodes
    return tuple(_tool_node(nodes[node_id], fed, plans) for node_id, fed in pins.items())


def _tool_node(node: PlanNode, fed: Iterable[str], plans: Plans) -> ToolNode:
    if node.block.block_type is BlockType.AGENT:
        return _tool_graph(node, fed, plans)
    schema = _schema_of(node.block.Input)
    if node.block.open_input:
        schema = _with_open_inputs(schema, node.defaults.get(node.block.open_schema))
    return ToolNode(
        node_id=node.id,
        name=node.name,
        description=node.block.description,
        pins={pin: _schema_of_pin(schema, pin) for pin in fed},
        required=frozenset(pin for pin in fed if pin in schema.get("required", ())),
        definitions=schema.get("$defs", {}),
        constants=_shown(node, fed, node.defaults),
    )


def _tool_graph(node: PlanNode, fed: Iterable[str], plans: Plans) -> ToolNode:
    """A graph that is run as a tool is called as the graph, unless its node has a name."""
    graph = plans.get((str(node.defaults.get("graph_id")), node.defaults.get("graph_version")))
    name = graph.name if graph is not None else str(node.defaults.get("agent_name") or node.name)
    schema = node.defaults.get("input_schema") or {}
    return ToolNode(
        node_id=node.id,
        name=name if node.name == node.block.name else node.name,
        description=f"Runs the graph {name}.",
        pins={pin: _schema_of_pin(schema, pin) for pin in fed},
        required=frozenset(pin for pin in fed if pin in schema.get("required", ())),
        definitions=schema.get("$defs", {}),
        constants=_shown(node, fed, node.defaults.get("inputs") or {}),
    )


@cache
def _schema_of(model: type[Pins]) -> Schema:
    return model.model_json_schema()


def _with_open_inputs(schema: Schema, opened: Any) -> Schema:
    """With those that are not declared, as their own schema has them."""
    if not isinstance(opened, Mapping):
        return schema
    required = opened.get("required")
    return {
        "properties": {**_object_in(opened, "properties"), **schema.get("properties", {})},
        "required": [*schema.get("required", ()), *(required if isinstance(required, list) else ())],
        "$defs": {**schema.get("$defs", {}), **_object_in(opened, "$defs")},
    }


def _object_in(opened: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Nothing where there is something else: whoever wrote the graph wrote the schema."""
    found = opened.get(key)
    return found if isinstance(found, Mapping) else {}


def _schema_of_pin(schema: Schema, pin: str) -> Schema:
    """Of a pin that reaches into a value nothing is known but the name."""
    properties = schema.get("properties", {})
    found: Schema = properties.get(pin) or {}
    if found or pin == base_name(pin):
        return found
    return {"description": f"{pin} of {base_name(pin)}"}


def _shown(node: PlanNode, fed: Iterable[str], constants: Mapping[str, Any]) -> dict[str, Any]:
    """What is set beforehand, without what is secret."""
    hidden = {*fed, *secret_pins(node.block)}
    return {
        name: value
        for name, value in constants.items()
        if name not in hidden
        and base_name(name) not in hidden
        and value not in (None, "", [], {})
        and not name.endswith("credentials")
    }
