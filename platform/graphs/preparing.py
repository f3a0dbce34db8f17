"""Making a file's graphs fit to be stored: upgraded, without secrets, with references that lead somewhere. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from blocks.base import BlockType
from blocks.pins import base_name
from blocks.registry import Registry
from graphs.credential_references import Keep, keep_none
from graphs.document import GraphDocument, NodeDocument
from graphs.parsing import ParsedFile
from graphs.pin_names import keys
from graphs.policy import wrong_keys
from graphs.references import Reference
from graphs.repair import Family, repair
from graphs.report import Note
from graphs.secrets import without_secrets
from graphs.upgrades import upgrade
from graphs.validation import NOTHING, NodeErrors, Refused, check, refuse

_WITHOUT_EFFECT = "the block has no such input, so this has no effect"


@dataclass(slots=True)
class Draft:
    """One graph of the file, with what was done to it; all ids are still those of the file."""

    graph: GraphDocument
    upgraded: list[Note] = field(default_factory=list)
    repaired: list[Note] = field(default_factory=list)
    unresolved: list[Note] = field(default_factory=list)
    dropped: list[Note] = field(default_factory=list)


def prepare(
    parsed: ParsedFile,
    registry: Registry,
    *,
    owned: Mapping[Reference, GraphDocument],
    keep: Keep = keep_none,
    refused: Refused = NOTHING,
) -> list[Draft]:
    """The outermost graph, then its sub-graphs. Raises GraphInvalid.

    owned: the importing user's stored graphs that nodes of the file refer to.  keep: what becomes of references to
    credentials.  refused: the blocks that this user's graphs may not have.
    """
    drafts = [_brought_up_to_date(graph, registry, parsed.single_braces, keep) for graph in parsed.graph.all_graphs()]
    _mend(drafts, registry, owned)
    _refuse_invalid(drafts, registry, owned, refused)
    return drafts


def _brought_up_to_date(graph: GraphDocument, registry: Registry, single_braces: bool, keep: Keep) -> Draft:
    upgraded, upgrades = upgrade(graph, single_braces=single_braces)
    clean, secrets = without_secrets(upgraded, registry, keep=keep)
    sound, policies = _without_wrong_policies(clean, registry)
    return Draft(sound, upgraded=upgrades, dropped=[*secrets, *policies, *_without_effect(sound, registry)])


def _without_wrong_policies(graph: GraphDocument, registry: Registry) -> tuple[GraphDocument, list[Note]]:
    """Keys of a node's policy that cannot be followed are taken out: elsewhere they may have meant something else."""
    nodes, notes = [], []
    for node in graph.nodes:
        wrong = dict(wrong_keys(node.metadata, registry.find_or_placeholder(node.block_id)))
        kept = {key: value for key, value in node.metadata.items() if key not in wrong}
        nodes.append(replace(node, metadata=kept) if wrong else node)
        notes += [Note(graph=graph.name, node=node.id, place=key, detail=text) for key, text in wrong.items()]
    return replace(graph, nodes=tuple(nodes)), notes


def _mend(drafts: list[Draft], registry: Registry, owned: Mapping[Reference, GraphDocument]) -> None:
    family = Family.of([draft.graph for draft in drafts], registry, owned=owned.keys())
    for draft in drafts:
        found = repair(draft.graph, family)
        draft.graph, draft.repaired, draft.unresolved = found.graph, found.repaired, found.unresolved


def _refuse_invalid(
    drafts: list[Draft], registry: Registry, owned: Mapping[Reference, GraphDocument], refused: Refused
) -> None:
    in_file = {Reference(draft.graph.id, draft.graph.version): draft.graph for draft in drafts}
    errors: NodeErrors = {}
    for draft in drafts:
        errors |= check(draft.graph, registry, for_run=False, sub_graphs={**owned, **in_file}, refused=refused)
    refuse(drafts[0].graph.name, errors)


def _without_effect(graph: GraphDocument, registry: Registry) -> Iterator[Note]:
    """Constants for inputs that a block does not have. They stay, so that an export gives them back."""
    for node in graph.nodes:
        for pin in _unknown_pins(node, registry):
            yield Note(graph=graph.name, node=node.id, place=pin, detail=_WITHOUT_EFFECT)


def _unknown_pins(node: NodeDocument, registry: Registry) -> list[str]:
    block = registry.find(node.block_id)
    if block is None or block.block_type is BlockType.AGENT:
        return []
    known = keys(block.Input)
    return [pin for pin, value in node.input_default.items() if value and base_name(pin) not in known]
