"""What goes wrong in the lives of simulated processes, drawn from chance or counted through."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from random import Random

#: Longer than a lease, so that somebody else takes the execution up meanwhile; or shorter.
PAUSES = (5.0, 45.0, 90.0)


class Kind(Enum):
    """What happens."""

    KILL = "kill"  #: the process is gone
    PAUSE = "pause"  #: it stops, and goes on later as if nothing had been
    REPEAT = "repeat"  #: the outcome of the commit is unknown, so it is written once more


class Moment(Enum):
    """When it happens, in the life of one process."""

    BEFORE = "before"  #: a commit, which is then not written, or late
    AFTER = "after"  #: a commit, before the process hears of it
    SECONDS = "seconds"  #: so long after its start


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One trouble. at: which commit, from 1, or how many seconds. seconds: how long a pause lasts."""

    kind: Kind
    moment: Moment
    at: float
    seconds: float = 0.0


def some_faults(chance: Random) -> list[Fault]:
    """One to five, one in each life."""
    return [_fault(chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4, 5)))]


def _fault(chance: Random) -> Fault:
    kind = chance.choices((Kind.KILL, Kind.PAUSE, Kind.REPEAT), (6, 3, 1))[0]
    commit = chance.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12))
    if kind is Kind.REPEAT:
        return Fault(kind=kind, moment=Moment.AFTER, at=commit)
    moment = chance.choice(list(Moment))
    at = chance.choice((0.001, 0.01, 0.1, 3.0)) * chance.random() if moment is Moment.SECONDS else commit
    return Fault(kind=kind, moment=moment, at=at, seconds=chance.choice(PAUSES))


def every_commit(commits: int) -> Iterator[list[Fault]]:
    """Deaths before and after each commit of one life, one by one."""
    for at in range(1, commits + 1):
        for moment in (Moment.BEFORE, Moment.AFTER):
            yield [Fault(kind=Kind.KILL, moment=moment, at=at)]
