"""What `-i name=value` and `--inputs-json` mean. Pure: whether the values fit is for the launch to say."""

from collections.abc import Sequence
from typing import Any

import orjson

from blocks.coercion import matches
from executor.errors import InputInvalid
from executor.launching.inputs import input_name
from graphs.plan import Plan, PlanNode


def assigned(assignments: Sequence[str], plan: Plan) -> dict[str, Any]:
    """The inputs that `name=value` texts stand for.

    A value is text, unless it is JSON of the type that the graph declares for the input: `12` is a number for a number
    input and for one of any type, but text for a text input. Raises InputInvalid.
    """
    types = {input_name(node): _declared_type(node) for node in plan.inputs}
    inputs: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not name or not equals:
            raise InputInvalid(f"-i {assignment}: write it as name=value.", fields={assignment: "Not name=value."})
        if name in inputs:
            raise InputInvalid(f"The input {name} is given twice with -i.", fields={name: "Given twice."})
        inputs[name] = typed(text, types.get(name, str))
    return inputs


def typed(text: str, annotation: Any) -> Any:
    """The JSON value of the text if it is of the annotated type, otherwise the text itself."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return value if matches(value, annotation) else text


def parsed_object(content: str | bytes) -> dict[str, Any]:
    """The inputs in a JSON object. Raises InputInvalid."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise InputInvalid(f"--inputs-json does not hold JSON: {error}.", fields={}) from error
    if not isinstance(value, dict):
        raise InputInvalid("--inputs-json must hold one JSON object: {input name: value}.", fields={})
    return value


def _declared_type(node: PlanNode) -> Any:
    field = node.block.Input.model_fields.get("value")
    return Any if field is None else field.annotation
