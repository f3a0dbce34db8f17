"""References to credentials among the constants of nodes: which of them stay when a graph comes or goes. Pure."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from blocks.base import Block
from blocks.credentials import CredentialNeed, credential_needs
from blocks.registry import Registry
from graphs.document import GraphDocument, NodeDocument

#: What stays of a reference on a pin of this kind; empty for nothing.
Keep = Callable[[dict[str, str], CredentialNeed], dict[str, str]]

_PARTS = ("id", "provider", "type", "title")
_KIND = ("provider", "type")


def keep_none(reference: dict[str, str], need: CredentialNeed) -> dict[str, str]:
    """For files: nobody else could use them."""
    return {}


def keep_all(reference: dict[str, str], need: CredentialNeed) -> dict[str, str]:
    """For the owner of the graph."""
    return reference


def keep_own(ids: Collection[str]) -> Keep:
    """For whoever takes a file over, with credentials of these ids.

    Of others the kind stays where the node cannot do without, so that it can be said what is missing.
    """

    def keep(reference: dict[str, str], need: CredentialNeed) -> dict[str, str]:
        if reference.get("id") in ids:
            return reference
        return {part: reference[part] for part in _KIND if part in reference} if need.is_required else {}

    return keep


def kept_references(
    node: NodeDocument, block: Block | None, keep: Keep
) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """`{pin: reference}` of what stays, and `{pin: what was taken}`. Nothing but a reference ever stays."""
    kept, taken = {}, {}
    for pin, need in needs_of(block).items():
        if pin not in node.input_default:
            continue
        reference = reference_in(node.input_default[pin])
        if left := keep(reference, need):
            kept[pin] = left
        if reference.get("id") and not left.get("id"):
            taken[pin] = f"a credential of {reference.get('provider') or 'somebody'}, which must be chosen here"
    return kept, taken


def named_credentials(documents: Iterable[GraphDocument], registry: Registry) -> set[str]:
    """The ids of all credentials that constants refer to."""
    return {
        id_
        for document in documents
        for node in document.nodes
        for pin in needs_of(registry.find(node.block_id))
        if (id_ := reference_in(node.input_default.get(pin)).get("id"))
    }


def needs_of(block: Block | None) -> dict[str, CredentialNeed]:
    return dict(credential_needs(block.Input)) if block is not None else {}


def reference_in(value: Any) -> dict[str, str]:
    """The parts of a reference that are texts; whatever else stands beside them may be a secret."""
    if not isinstance(value, dict):
        return {}
    return {part: value[part] for part in _PARTS if isinstance(value.get(part), str) and value[part]}
