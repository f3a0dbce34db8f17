"""Taking secrets out of a graph, by the same rules on import as on export. Pure.

These are the rules of the AutoGPT Platform, except that a number called `max_tokens` is no secret here.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from blocks.base import Block
from blocks.pins import base_name
from blocks.registry import Registry
from graphs.credential_references import Keep, keep_none, kept_references
from graphs.document import GraphDocument, NodeDocument
from graphs.references import EXECUTOR_ID
from graphs.report import Note
from graphs.schemas import properties_of

#: A name that holds one of these names a secret.
_WORDS = ("credentials", "api_key", "apikey", "password", "passwd", "token", "secret", "private_key", "access_key")
#: So does a name that is one of these.
_NAMES = frozenset(("creds", "smtp_username", "client_id", "authorization", "proxy_authorization", "cookie"))
#: What an object marked `secret: true` loses, such as an input of the graph.
_OF_A_SECRET = ("value", "default")
#: Set by file pickers: the key stays and is null.
_PICKED_CREDENTIALS = "_credentials_id"
_SCHEMAS = ("input_schema", "output_schema")
#: What remains of the JSON schema of a secret input.
_HARMLESS = frozenset(("type", "anyOf", "format", "title", "description", "secret", "advanced"))

_NOT_A_NAME = re.compile(r"[^a-z0-9]+")
_DELIMITER = re.compile(r"_[$#@]_")


def without_secrets(
    document: GraphDocument, registry: Registry, *, keep: Keep = keep_none
) -> tuple[GraphDocument, list[Note]]:
    """The graph without secret values, and where they were; never what they were. Its sub-graphs are not looked at.

    keep: what becomes of references to credentials.
    """
    notes: list[Note] = []
    nodes = []
    for node in document.nodes:
        block = registry.find(node.block_id)
        references, taken = kept_references(node, block, keep)
        cleaned, places = _clean_node(_without(node, references, taken), block)
        nodes.append(_ordered(node, replace(cleaned, input_default=cleaned.input_default | references)))
        notes += [*(_note(document, place, node.id) for place in places), *_taken(document, node, taken)]
    sieve = _Sieve()
    extras = sieve.clean(document.extras, "")
    notes += [_note(document, place, "") for place in sieve.places]
    return replace(document, nodes=tuple(nodes), extras=extras), notes


def is_secret(name: str, value: Any) -> bool:
    """Whether a key of this name with this value is taken for a secret. Flags and numbers of tokens are none."""
    plain = _plain(name)
    if isinstance(value, bool) or (isinstance(value, int | float) and "tokens" in plain):
        return False
    return any(word in plain for word in _WORDS) or any(_plain(part) in _NAMES for part in _DELIMITER.split(name))


def split_secrets(value: Any, *, secret_pins: Collection[str] = ()) -> tuple[Any, list[Any]]:
    """A value without the secrets in it, and those. secret_pins: names that are secret besides."""
    sieve = _Sieve(secret_pins)
    return sieve.clean(value, ""), sieve.taken


def _without(node: NodeDocument, *pins: Collection[str]) -> NodeDocument:
    """The node without these constants."""
    gone = {name for names in pins for name in names}
    return replace(node, input_default={pin: value for pin, value in node.input_default.items() if pin not in gone})


def _ordered(before: NodeDocument, after: NodeDocument) -> NodeDocument:
    """With the constants in the order in which they were, so that an unchanged graph exports as it was."""
    constants = after.input_default
    return replace(after, input_default={pin: constants[pin] for pin in before.input_default if pin in constants})


def _taken(document: GraphDocument, node: NodeDocument, taken: Mapping[str, str]) -> Iterator[Note]:
    for pin, detail in taken.items():
        yield Note(graph=document.name, node=node.id, place=pin, detail=detail)


def _note(document: GraphDocument, place: str, node_id: str) -> Note:
    return Note(graph=document.name, node=node_id, place=place, detail="a secret or a credential, which is not kept")


def _clean_node(node: NodeDocument, block: Block | None) -> tuple[NodeDocument, list[str]]:
    if node.block_id == EXECUTOR_ID:
        return _clean_executor(node)
    sieve = _Sieve(secret_pins=secret_pins(block))
    constants = sieve.clean(node.input_default, "")
    return replace(node, input_default=constants, metadata=sieve.clean(node.metadata, "metadata.")), sieve.places


def _clean_executor(node: NodeDocument) -> tuple[NodeDocument, list[str]]:
    """Its schemas name the pins of another graph: no name is dropped, but what secret ones have as a default is."""
    schemas = {key: node.input_default[key] for key in _SCHEMAS if key in node.input_default}
    others = {key: value for key, value in node.input_default.items() if key not in schemas}
    sieve = _Sieve(secret_pins=secret_properties(schemas.get("input_schema")))
    kept = sieve.clean(others, "") | {key: sieve.clean_schema(schema, key) for key, schema in schemas.items()}
    constants = {key: kept[key] for key in node.input_default if key in kept}
    return replace(node, input_default=constants, metadata=sieve.clean(node.metadata, "metadata.")), sieve.places


def secret_pins(block: Block | None) -> set[str]:
    """The inputs that the block declares so."""
    fields = block.Input.model_fields if block is not None else {}
    extras = {name: field.json_schema_extra for name, field in fields.items()}
    return {name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("secret")}


def secret_properties(schema: Any) -> set[str]:
    """The secret inputs of the graph that an AgentExecutor runs."""
    properties = properties_of(schema).items()
    return {name for name, part in properties if isinstance(part, dict) and _means_yes(part.get("secret"))}


class _Sieve:
    """Cleans values and remembers what it took out, and where."""

    def __init__(self, secret_pins: Collection[str] = ()) -> None:
        self.places: list[str] = []
        self.taken: list[Any] = []
        self._secret_pins = secret_pins

    def clean(self, value: Any, place: str) -> Any:
        """A cleaned copy. place: where the value is, as a prefix."""
        if isinstance(value, list):
            return [self.clean(member, f"{place}{index}.") for index, member in enumerate(value)]
        return self._clean_object(value, place) if isinstance(value, dict) else value

    def _clean_object(self, value: dict[str, Any], place: str) -> dict[str, Any]:
        cleaned: dict[str, Any] = {}
        also_secret = _secret_by_company(value)
        for key, member in value.items():
            if not (self._is_secret(key, member) or key in also_secret):
                cleaned[key] = self.clean(member, f"{place}{key}.")
                continue
            if key == _PICKED_CREDENTIALS:
                cleaned[key] = None
            if member not in (None, "", {}, []):
                self.places.append(place + key)
                self.taken.append(member)
        return cleaned

    def clean_schema(self, schema: Any, place: str) -> Any:
        """The schema of a graph's inputs or outputs, with all its names."""
        if not isinstance(schema, dict):
            return schema
        properties = dict(properties_of(schema))
        for name in secret_properties(schema) | {name for name in properties if is_secret(name, None)}:
            part = properties[name] if isinstance(properties[name], dict) else {}
            properties[name] = {key: value for key, value in part.items() if key in _HARMLESS}
            if properties[name] != part:
                self.places.append(f"{place}.properties.{name}")
        return schema | {"properties": properties}

    def _is_secret(self, key: str, member: Any) -> bool:
        return is_secret(key, member) or (base_name(key) in self._secret_pins and not isinstance(member, bool))


def _secret_by_company(value: dict[str, Any]) -> set[str]:
    """The keys of an object that are secret because of another one in it."""
    found = set(_OF_A_SECRET) if _means_yes(value.get("secret")) else set()
    if any("password" in key.lower() for key in value):
        found |= {key for key in value if _plain(key) == "username"}
    return found


def _means_yes(value: Any) -> bool:
    """As the blocks read it."""
    return str(value).lower() in ("true", "1", "1.0", "yes", "on", "y", "t")


def _plain(name: str) -> str:
    return _NOT_A_NAME.sub("_", name.lower())
