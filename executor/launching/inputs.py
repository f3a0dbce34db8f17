"""What may be given to an execution: the names its graph has, and values that can be kept. Pure."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from executor.errors import InputInvalid
from graphs.plan import Plan, PlanNode
from reliability.nesting import is_deeper, levels
from reliability.sql import storable_text

#: Lists and objects inside each other.
DEPTH = 64


def check_inputs(plan: Plan, inputs: Mapping[str, Any], *, max_bytes: int, is_complete: bool = True) -> None:
    """Refuse names that the graph does not have, values that it needs and nobody gives, and what cannot be kept.

    A value given as null says "none on purpose". max_bytes: of all inputs together, as JSON.
    is_complete: False if the values that are needed may still come, or are not needed this time.
    Raises InputInvalid with every fault found.
    """
    fields = dict(_name_faults(plan, inputs)) | dict(_value_faults(inputs))
    if is_complete:
        fields |= dict(_missing(plan, inputs))
    if not fields and (size := len(json.dumps(inputs))) > max_bytes:
        fields[""] = f"The inputs have {size} bytes together; the limit is {max_bytes} (INPUT_MAX_BYTES)."
    if fields:
        raise InputInvalid(sentence(fields), fields=fields)


def input_name(node: PlanNode) -> str:
    return str(node.defaults.get("name", ""))


def sentence(fields: Mapping[str, str]) -> str:
    """All faults in one line."""
    return " ".join(f"{name}: {message}" if name else message for name, message in fields.items())


def value_fault(value: Any) -> str:
    """Why the value cannot be kept; nothing if it can."""
    if is_deeper(value, DEPTH):
        return f"The value is nested more than {DEPTH} deep."
    items = [item for level in levels(value) for item in level]
    if any(isinstance(item, float) and not math.isfinite(item) for item in items):
        return "The value has a number that is not finite, which JSON does not know."
    if any(isinstance(item, str) and item != storable_text(item) for item in items):
        return "The value has a character that cannot be stored: NUL, or half of a surrogate pair."
    return ""


def _name_faults(plan: Plan, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = {input_name(node) for node in plan.inputs}
    for name in inputs:
        if name not in known:
            yield name, f"The graph has no input of this name. It has: {', '.join(sorted(known)) or 'none'}."


def _missing(plan: Plan, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for node in plan.inputs:
        name = input_name(node)
        if name not in inputs and node.block.requires_value and node.defaults.get("value") is None:
            yield name, "A value is required."


def _value_faults(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in inputs.items():
        if fault := value_fault(value):
            yield name, fault
