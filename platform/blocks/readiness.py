"""Whether a node has what it needs to run, and with which inputs it would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from blocks.base import Block, BlockType, Pins
from blocks.coercion import coerce, keys_of, matches
from blocks.pins import is_dynamic, merge

NOTHING: Mapping[str, Any] = MappingProxyType({})
#: An enumeration takes its time to find a member.
_AGENT = BlockType.AGENT
#: Invalid fields that a reason names.
_SHOWN = 3


class Ready(NamedTuple):
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
    mask: Mapping[str, Any] = NOTHING,
) -> Ready | Waiting:
    """Decide whether a node can run with what it has received.

    defaults: the node's constants.  linked: the raw names of its linked pins.  mask: values that win over all others.

    1. Every linked pin must have a value; a default does not stand in for a link. Of pins that are not awaited, the
       block says whether they are lacking.
    2. The constants are overlaid with what was received, and that with the mask.
    3. Dynamic pins are merged into their containers, and each declared pin is made to fit its type.
    4. What remains must hold every required pin and pass the block's validation (see `parse`).
    """
    if not linked <= received.keys():
        missing = [pin for pin in linked - block.unawaited if pin not in received and pin not in mask]
        if missing:
            return Waiting(_sentence("linked", missing))
    try:
        if block.block_type is _AGENT:
            data = _agent_inputs(block, defaults, {**received, **mask})
        else:
            data = {**defaults, **received, **mask}
            if is_dynamic("\n".join(data)):  # all names at once: most are not
                data = merge(data)
            if block.open_input:
                data = _taken_in(block, data)
    except (ValueError, IndexError) as error:
        return Waiting(str(error))
    answer = parse(block, data)
    if block.unawaited and isinstance(answer, Ready) and (reason := block.lacking(answer.parsed, received)):
        return Waiting(reason)
    return answer


def parse(block: Block, data: dict[str, Any]) -> Ready | Waiting:
    """Fit and validate merged inputs, for instance those of a stored node execution.

    A None for a pin that does not take it counts as absent: the pin's default applies, or it is missing.
    """
    model = block.Input
    try:
        fitted = coerce(model, data)
    except ValueError as error:
        return Waiting(str(error))
    rules = _rules(model)
    given = fitted
    if None in fitted.values() or not rules.preferred <= fitted.keys():
        missing = _missing(rules, fitted)
        if missing:
            return Waiting(_sentence("required", missing))
        given = _without_refused_nones(rules, fitted)
    try:
        return Ready(fitted, rules.validate(given))
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


def _taken_in(block: Block, data: dict[str, Any]) -> dict[str, Any]:
    """With what is not declared in the input that takes it in, too. What it holds already gives way."""
    declared = {key for name, field in block.Input.model_fields.items() for key in keys_of(name, field)}
    others = {name: value for name, value in data.items() if name not in declared and not is_dynamic(name)}
    held = data.get(block.open_input)
    return data | {block.open_input: {**held, **others} if isinstance(held, Mapping) else others} if others else data


class _Rules(NamedTuple):
    """What a model asks of its data, worked out once."""

    #: The keys of each required field, and the first ones of all: who has these, and no None, lacks nothing.
    required: tuple[tuple[str, ...], ...]
    preferred: frozenset[str]
    #: The keys of all fields that do not take None.
    refuses_none: frozenset[str]
    #: The model's own validation, without the way through its class.
    validate: Callable[[dict[str, Any]], Pins]


@cache
def _rules(model: type[Pins]) -> _Rules:
    fields = model.model_fields.items()
    required = tuple(tuple(keys_of(name, field)) for name, field in fields if field.is_required())
    refusing = (keys_of(name, field) for name, field in fields if not matches(None, field.annotation))
    return _Rules(
        required=required,
        preferred=frozenset(keys[0] for keys in required),
        refuses_none=frozenset(key for keys in refusing for key in keys),
        validate=model.__pydantic_validator__.validate_python,
    )


def _missing(rules: _Rules, data: Mapping[str, Any]) -> list[str]:
    return [
        keys[0]
        for keys in rules.required
        if not any(key in data and (data[key] is not None or key not in rules.refuses_none) for key in keys)
    ]


def _without_refused_nones(rules: _Rules, data: dict[str, Any]) -> dict[str, Any]:
    refused = [key for key, value in data.items() if value is None and key in rules.refuses_none]
    return {key: value for key, value in data.items() if key not in refused} if refused else data


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
