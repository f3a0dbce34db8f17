"""What must be known to set up the trigger of a graph. Pure. The shape is that of the AutoGPT Platform."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from blocks.base import Block, BlockType
from blocks.credentials import credential_needs
from blocks.registry import Registry
from graphs.credential_inputs import input_key

#: Who calls a trigger that no provider does.
ANYBODY = "generic_webhook"
PAYLOAD = "payload"


def trigger_setup_info(nodes: Iterable[Mapping[str, Any]], registry: Registry) -> dict[str, Any] | None:
    """Of the first trigger node, None if there is none. nodes: as files hold them.

    `config_schema` has the inputs that a webhook's `config` may give, with the node's constants as defaults.
    """
    for node in nodes:
        block = registry.find(node["block_id"])
        if block is not None and block.block_type is BlockType.WEBHOOK:
            return _info(block, node["input_default"])
    return None


def _info(block: Block, constants: Mapping[str, Any]) -> dict[str, Any]:
    needs = list(credential_needs(block.Input).values())
    return {
        "provider": block.webhook.provider if block.webhook is not None else ANYBODY,
        "config_schema": _config_schema(block, constants),
        "credentials_input_name": input_key(needs[0]) if needs else None,
    }


def _config_schema(block: Block, constants: Mapping[str, Any]) -> dict[str, Any]:
    schema = _input_schema(block)
    left_out = {PAYLOAD, *credential_needs(block.Input)}
    properties = {
        name: part | ({"default": constants[name]} if name in constants else {})
        for name, part in schema.get("properties", {}).items()
        if name not in left_out
    }
    required = [name for name in schema.get("required", ()) if name in properties and name not in constants]
    return schema | {"properties": properties, "required": required}


@cache
def _input_schema(block: Block) -> dict[str, Any]:
    return block.Input.model_json_schema()
