from datetime import date
from typing import Any

import pytest

from blocks.registry import load
from console.terminal.values import assigned, parsed_object, typed
from executor.errors import InputInvalid
from graphs.document import GraphDocument, NodeDocument
from graphs.plan import Plan, compile_plan
from reliability.ids import uuid7

ANY, TEXT, NUMBER = (
    "c0a8e994-ebf1-4a9c-a4d8-89d09c86741b",
    "7fcd3bcb-8e1b-4e69-903d-32d3d4a92158",
    "96dae2bb-97a2-41c2-bd2f-13a3b5a8ea98",
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    blocks = {"thing": ANY, "city": TEXT, "count": NUMBER}
    nodes = tuple(
        NodeDocument(id=str(uuid7()), block_id=block, input_default={"name": name}) for name, block in blocks.items()
    )
    return compile_plan(GraphDocument(id="g", version=1, name="Inputs", nodes=nodes), load(), version_id=uuid7())


def test_values_take_the_type_of_their_input(plan: Plan) -> None:
    inputs = assigned(["thing=[1, 2]", "city=12", "count=12"], plan)
    assert inputs == {"thing": [1, 2], "city": "12", "count": 12}


def test_everything_after_the_first_equals_sign_is_the_value(plan: Plan) -> None:
    assert assigned(["city=a=b=", "thing="], plan) == {"city": "a=b=", "thing": ""}


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("Paris", str | None, "Paris"),
        ('"Paris"', str | None, "Paris"),
        ("true", str | None, "true"),
        ("true", bool, True),
        ("yes", bool, "yes"),
        ("1.5", int | None, "1.5"),
        ("null", int | None, None),
        ("007", Any, "007"),
        ("NaN", Any, "NaN"),
        ("2026-11-23", date | None, "2026-11-23"),
        ('[{"Name": "Ada"}]', list[dict[str, Any]] | None, [{"Name": "Ada"}]),
        ("[1]", list[dict[str, Any]] | None, "[1]"),
        ('{"a": 1}', Any, {"a": 1}),
        ("{a: 1}", Any, "{a: 1}"),
    ],
)
def test_text_is_json_only_where_it_is_of_the_declared_type(text: str, annotation: Any, value: Any) -> None:
    found = typed(text, annotation)
    assert (found, type(found)) == (value, type(value))


def test_unknown_name_stays_text_for_the_launch_to_refuse(plan: Plan) -> None:
    assert assigned(["who=1"], plan) == {"who": "1"}


@pytest.mark.parametrize("assignment", ["city", "=Paris", ""])
def test_what_is_no_assignment_is_refused(assignment: str, plan: Plan) -> None:
    with pytest.raises(InputInvalid, match="write it as name=value"):
        assigned([assignment], plan)


def test_the_same_input_twice_is_refused(plan: Plan) -> None:
    with pytest.raises(InputInvalid, match="The input city is given twice"):
        assigned(["city=Paris", "city=Rome"], plan)


def test_file_of_inputs_holds_one_object() -> None:
    assert parsed_object(b'{"city": 12}') == {"city": 12}


@pytest.mark.parametrize("content", ["[1]", '"text"', "null"])
def test_file_of_inputs_without_an_object_is_refused(content: str) -> None:
    with pytest.raises(InputInvalid, match="must hold one JSON object"):
        parsed_object(content)


def test_file_of_inputs_that_is_no_json_is_refused() -> None:
    with pytest.raises(InputInvalid, match="does not hold JSON"):
        parsed_object("{city: 1}")
