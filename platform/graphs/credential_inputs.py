"""The credentials that a graph asks for, each kind once, however many nodes use it. Pure.

Names and shapes are those of the AutoGPT Platform.
"""

from collections.abc import Iterable
from typing import Any

from blocks.credentials import CredentialNeed, credential_needs
from blocks.registry import Registry
from graphs.document import GraphDocument

#: Where a block takes credentials of any provider.
ANY_PROVIDER = "any"


def input_key(need: CredentialNeed) -> str:
    """Such as `airtable_api_key-oauth2_credentials`."""
    providers = "-".join(sorted(need.providers)) or ANY_PROVIDER
    return f"{providers}_{'-'.join(sorted(need.types))}_credentials"


def credentials_input_schema(documents: Iterable[GraphDocument], registry: Registry) -> dict[str, Any]:
    """What a graph and those inside it ask for. Required is what one node at least cannot do without."""
    properties: dict[str, dict[str, Any]] = {}
    required: set[str] = set()
    for need, is_required in _needs(documents, registry):
        key = input_key(need)
        scopes = need.scopes | set(properties.get(key, {}).get("credentials_scopes", ()))
        properties[key] = _property(key, need, sorted(scopes))
        if is_required:
            required.add(key)
    return {"type": "object", "properties": properties, "required": sorted(required)}


def _needs(documents: Iterable[GraphDocument], registry: Registry) -> Iterable[tuple[CredentialNeed, bool]]:
    for document in documents:
        for node in document.nodes:
            block = registry.find(node.block_id)
            for need in credential_needs(block.Input).values() if block is not None else ():
                yield need, need.is_required and node.metadata.get("credentials_optional") is not True


def _property(key: str, need: CredentialNeed, scopes: list[str]) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "title": key,
        "type": "object",
        "credentials_provider": sorted(need.providers),
        "credentials_types": sorted(need.types),
        "credentials_scopes": scopes,
        "properties": {
            "id": text,
            "title": {"anyOf": [text, {"type": "null"}]},
            "provider": {"type": "string", "enum": sorted(need.providers)} if need.providers else text,
            "type": {"type": "string", "enum": sorted(need.types)},
        },
        "required": ["id", "provider", "type"],
    }
