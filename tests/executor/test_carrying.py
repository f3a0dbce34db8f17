"""What the links of a node carry of its outputs."""

from uuid import uuid4

import pytest

from blocks.registry import registry
from executor.engine.delivery import carried
from executor.engine.state import Clock, NodeRun
from graphs.plan import Plan, compile_plan
from tests.executor.building import build


def _plan(source: str) -> Plan:
    """Two nodes, a and b, and a link from this output of the first."""
    return compile_plan(
        build({"a": ("Echo", {}), "b": ("Echo", {})}, [f"a.{source} -> b.value"]), registry, version_id=uuid4()
    )


def _carried(plan: Plan, output: str, value: object) -> list[object]:
    source = next(node for node in plan.nodes.values() if node.output_links)
    run = NodeRun(graph=None, node=source, number=1, added_at=Clock().now())  # type: ignore[arg-type]
    return [taken for _, taken in carried(run, output, value)]


@pytest.mark.parametrize(
    ("source", "output", "value", "taken"),
    [
        ("value", "value", {"a": 1}, [{"a": 1}]),
        ("value", "value", None, [None]),
        ("value", "other", 1, []),
        ("value_#_a", "value", {"a": 1}, [1]),
        ("value_#_a", "value_#_a", 2, [2]),
        ("value_#_a", "value", {"a": None}, []),
        ("tools", "tools", 1, [1]),
        ("tools_^_elsewhere_~_value", "tools_^_elsewhere_~_value", 1, []),
    ],
)
def test_a_link_carries_what_its_source_name_selects(
    source: str, output: str, value: object, taken: list[object]
) -> None:
    assert _carried(_plan(source), output, value) == taken


def test_the_argument_of_a_tool_goes_to_the_pin_that_it_names() -> None:
    plan = _plan("tools_^_x_~_value")
    (sink,) = (node.id for node in plan.nodes.values() if not node.output_links)
    assert _carried(plan, f"tools_^_{sink}_~_value", 5) == [5]
    assert _carried(plan, f"tools_^_{sink}_~_other", 5) == []
