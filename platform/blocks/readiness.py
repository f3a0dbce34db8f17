"""Whether a node has what it needs to run, and with which inputs it would."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from blocks.base import Block, BlockType, Pins
from blocks.coercion import coerce, keys_of, matches
from blocks.pins import is_dynamic, merge

_NOTHING: Mapping[str, Any] = MappingProxyType({})
#: Invalid fields that a reason names.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Ready:
    """All is there.

    inputs: as they are stored and shown, with dynamic pins merged and kept, and types fitted.
    parsed: an instance of the block's `Input`.
    """

    inputs: dict[str, Any]
    parsed: Pins


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something is missing or invalid; `reason` says what, in a sentence."""

    reason: str


def gather(
    block: Block,
    *,
    defaults: Mapping[str, Any],
    linked: frozenset[str],
    received: Mapping[str, Any],
    mask: Mapping[str, Any] = _NOTHING,
) -> Ready | Waiting:
    """Decide whether a node can run with what it has received.

    defaults: the node's constants.  linked: the raw names of its linked pins.  mask: values that win over all others.

    1. Every linked pin must have a value; a default does not stand in for a link.
    2. The constants are overlaid with what was received, and that with the mask.
    3. Dynamic pins are merged into their containers, and each declared pin is made to fit its type.
    4. What remains must hold every required pin and pass the block's validation (see `parse`).
    """
    missing = [pin for pin in linked if pin not in received and pin not in mask]
    if missing:
        return Waiting(_sentence("linked", missing))
    try:
        if block.block_type is BlockType.AGENT:
            data = _agent_inputs(block, defaults, {**received, **mask})
        else:
            data = merge({**defaults, **received, **mask})
    except (ValueError, IndexError) as error:
        return Waiting(str(error))
    return parse(block, data)


def parse(block: Block, data: dict[str, Any]) -> Ready | Waiting:
    """Fit and validate merged inputs, for instance those of a stored node execution.

    A None for a pin that does not take it counts as absent: the pin's default applies, or it is missing.
    """
    model = block.Input
    try:
        fitted = coerce(model, data)
    except ValueError as error:
        return Waiting(str(error))
    missing = _missing(model, fitted)
    if missing:
        return Waiting(_sentence("required", missing))
    try:
        return Ready(fitted, model.model_validate(_without_refused_nones(model, fitted)))
    except ValidationError as error:
        return Waiting(_explained(error))


def _agent_inputs(block: Block, defaults: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The block's own fields from the constants, and under `inputs` what the child graph is to be given.

    The child's inputs may have any name, even one of those fields; so what was received goes into `inputs` only.
    """
    own = {name: defaults[name] for name in block.Input.model_fields if name in defaults}
    constants = defaults.get("inputs") or {}
    if not isinstance(constants, Mapping):
        raise ValueError("The constant inputs of a sub-graph must be an object.")
    merged = merge({**constants, **given})
    return {**own, "inputs": {name: value for name, value in merged.items() if not is_dynamic(name)}}


def _missing(model: type[Pins], data: Mapping[str, Any]) -> list[str]:
    required, refuses_none = _rules(model)
    return [
        keys[0]
        for keys in required
        if not any(key in data and (data[key] is not None or key not in refuses_none) for key in keys)
    ]


def _without_refused_nones(model: type[Pins], data: dict[str, Any]) -> dict[str, Any]:
    refuses_none = _rules(model)[1]
    refused = [key for key, value in data.items() if value is None and key in refuses_none]
    return {key: value for key, value in data.items() if key not in refused} if refused else data


@cache
def _rules(model: type[Pins]) -> tuple[tuple[tuple[str, ...], ...], frozenset[str]]:
    """The keys of each required field, and the keys of all fields that do not take None."""
    fields = model.model_fields.items()
    required = tuple(tuple(keys_of(name, field)) for name, field in fields if field.is_required())
    refusing = (keys_of(name, field) for name, field in fields if not matches(None, field.annotation))
    return required, frozenset(key for keys in refusing for key in keys)


def _sentence(kind: str, pins: list[str]) -> str:
    if len(pins) == 1:
        return f"The {kind} input {pins[0]} has no value."
    return f"The {kind} inputs {', '.join(sorted(pins))} have no value."


def _explained(error: ValidationError) -> str:
    """The first invalid fields and what is wrong with them; never the values, which may be secret."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return " ".join(f"{_place(trouble['loc'])} not valid: {trouble['msg'].rstrip('.')}." for trouble in found[:_SHOWN])


def _place(location: tuple[int | str, ...]) -> str:
    return f"The input {'.'.join(map(str, location))} is" if location else "The inputs together are"
