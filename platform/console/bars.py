"""The last executions of a graph as bars, the oldest on the left. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from executor.models import GraphExecution

LOWEST_PERCENT = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """height: percent of the longest one."""

    execution: GraphExecution
    height: int


def bars(newest_first: Iterable[GraphExecution]) -> list[Bar]:
    executions = list(newest_first)[::-1]
    longest = max((execution.seconds or 0 for execution in executions), default=0)
    return [Bar(execution, _height(execution.seconds or 0, longest)) for execution in executions]


def _height(seconds: float, longest: float) -> int:
    share = seconds / longest if longest else 0
    return max(LOWEST_PERCENT, round(100 * share))
