"""Whose turn it is. Pure: who waits and what there is room for go in, the order comes out."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting:
    """An execution that waits. places: how many executions of its user and graph may still be rung."""

    execution_id: UUID
    user_id: UUID
    graph_id: UUID
    places: int


def in_turn(queues: Iterable[Iterator[T]]) -> Iterator[T]:
    """One of each queue, then the next of each, and so on until all are empty.

    A queue is asked for its first only when its turn comes.
    """
    round_, following = iter(queues), []
    while True:
        for waiting in round_:
            for first in waiting:
                yield first
                following.append(waiting)
                break
        if not following:
            return
        round_, following = iter(following), []


def within_places(waiting: Iterable[Waiting], most: int) -> Iterator[Waiting]:
    """One user's waiting executions in their order, at most so many, and of each graph only as many as may run."""
    taken: Counter[UUID] = Counter()
    for one in waiting:
        if taken.total() >= most:
            return
        if taken[one.graph_id] < one.places:
            taken[one.graph_id] += 1
            yield one
