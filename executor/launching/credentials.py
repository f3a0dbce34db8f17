"""Credentials of an execution: one that is missing, of another kind or somebody else's is refused before the start.

What is not the user's is not there: the answer is the same for an id that nobody has.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import TYPE_CHECKING, Any

from accounts.credentials.finding import usable
from accounts.credentials.models import StoredCredential
from blocks.base import BlockType
from blocks.credentials import CredentialNeed, credential_needs
from executor.launching.runnable import Masks, inner_masks
from graphs.credential_inputs import input_key
from graphs.models import GraphVersion
from graphs.plan import Plan, PlanNode
from graphs.plans import plans_for_run
from graphs.validation import NodeErrors, refuse

if TYPE_CHECKING:
    from accounts.models import User

NOT_THERE = "There is no such credential."
NOT_A_REFERENCE = "A credential is named as {id, provider, type, title}; its secret has no place here."
_PARTS = frozenset(("id", "provider", "type", "title"))


def require_credentials(user: "User", version: GraphVersion, masks: Masks, *, skipped: Set[str]) -> None:
    """Raise GraphInvalid, with nodes and pins, if a node cannot have the credentials that it needs.

    skipped: nodes that do not run, and so need none.
    """
    plans = set(plans_for_run(version.id).values())
    pins = [pin for pin in _pins(plans, masks) if pin.node.id not in skipped]
    if not pins:
        return
    found = usable(user.id, {pin.id for pin in pins if pin.id})
    errors: NodeErrors = {}
    for pin in pins:
        if (fault := pin.fault(found)) and not (pin.is_lacking and pin.node.credentials_optional):
            errors.setdefault(pin.node.id, {})[pin.name] = f"{pin.node.name}: {fault}"
    refuse(version.name, errors)


def with_credentials(version: GraphVersion, masks: Masks, given: Mapping[str, Any]) -> Masks:
    """The masks with credentials laid over all nodes that take them.

    given: `{name of the graph's credentials input: reference}`, as `credentials_input_schema` names them.
    Raises GraphInvalid for names that the graph does not have.
    """
    laid: dict[str, dict[str, Any]] = {node_id: dict(mask) for node_id, mask in masks.items()}
    known: set[str] = set()
    for node, name, need in _needs(plans_for_run(version.id).values()):
        known.add(key := input_key(need))
        if key in given:
            laid.setdefault(node.id, {}).setdefault(name, given[key])
    unknown = {name: _unknown(known) for name in given if name not in known}
    refuse(version.name, {"credentials_inputs": unknown} if unknown else {})
    return laid


class _Pin:
    """A credentials pin of a node, and what it is given."""

    def __init__(self, node: PlanNode, name: str, need: CredentialNeed, value: Any) -> None:
        self.node = node
        self.name = name
        self.need = need
        self._value = value or {}

    @property
    def is_reference(self) -> bool:
        return isinstance(self._value, Mapping) and self._value.keys() <= _PARTS

    @property
    def id(self) -> str:
        return str(self._value.get("id") or "") if self.is_reference else ""

    @property
    def is_lacking(self) -> bool:
        return self.is_reference and not self.id

    def fault(self, found: Mapping[str, StoredCredential]) -> str:
        """Why it will not do; empty if it will."""
        if not self.is_reference:
            return NOT_A_REFERENCE
        if not self.id:
            return f"It needs a credential: {self.need}." if self.need.is_required else ""
        stored = found.get(self.id)
        return NOT_THERE if stored is None else self.need.fault(stored.provider, stored.type, stored.scopes)


def _pins(plans: Iterable[Plan], masks: Masks) -> Iterator[_Pin]:
    """Those whose value is known before anything runs: by a mask, else by a constant, and not by a link."""
    plans = list(plans)
    masks = {**inner_masks(node for plan in plans for node in plan.nodes.values()), **masks}
    for node, name, need in _needs(plans):
        mask = masks.get(node.id, {})
        if name in mask or name not in node.linked:
            yield _Pin(node, name, need, mask.get(name, node.defaults.get(name)))


def _needs(plans: Iterable[Plan]) -> Iterator[tuple[PlanNode, str, CredentialNeed]]:
    for plan in plans:
        for node in plan.nodes.values():
            if node.block.block_type is not BlockType.NOTE:
                for name, need in credential_needs(node.block.Input).items():
                    yield node, name, need


def _unknown(known: Set[str]) -> str:
    return f"The graph has no such credentials input. It has: {', '.join(sorted(known)) or 'none'}."
