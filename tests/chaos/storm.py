"""A storm: launches, and blows between them, at moments drawn from a seed."""

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM

from tests.chaos.cast import Cast
from tests.chaos.forks import Forked, send
from tests.chaos.installation import LEASE_SECONDS

#: How long Redis and the database are away.
AWAY_SECONDS = 0.7
PAUSE_SECONDS = 0.02
#: A blow that finds nobody to hit comes again.
AGAIN_SECONDS = 0.1


class Blow(StrEnum):
    """What can happen to an installation."""

    KILL_CHILD = "kill a child"
    KILL_PARENT = "kill a worker, not its child"
    KILL_BOTH = "kill a worker and its child"
    KILL_CLOCK = "kill the clock"
    FREEZE = "stop a worker for three leases"
    TERMINATE = "ask every worker to end"
    LOSE_REDIS = "kill Redis, with all it knew"
    FLUSH_REDIS = "empty Redis"
    RESTART_DATABASE = "stop the database at once"


#: A quarter hits the parent alone.
KILLS = (Blow.KILL_CHILD, Blow.KILL_PARENT, Blow.KILL_BOTH, Blow.KILL_BOTH)


@dataclass(frozen=True, order=True)
class Due:
    """What happens when: a launch, or a blow with a number that chooses whom it hits."""

    at: float
    blow: Blow | None
    number: int


def plan(
    seed: int, *, executions: int, blows: dict[Blow, int], kills: int, seconds: float, apart: float = 0.0
) -> list[Due]:
    """Launches and blows spread over so many seconds. apart: the least time between two blows that are no kills."""
    draw = random.Random(seed)
    others = [blow for blow, count in blows.items() for _ in range(count)]
    draw.shuffle(others)
    step = max(seconds / (len(others) + 1), apart)
    found = [
        Due(step * (place + draw.uniform(0.7, 1.3)), blow, draw.randrange(1000)) for place, blow in enumerate(others)
    ]
    found += [Due(draw.uniform(0.5, seconds), draw.choice(KILLS), draw.randrange(1000)) for _ in range(kills)]
    end = max((due.at for due in found), default=seconds)
    found += [Due(number * end / executions, None, number) for number in range(executions)]
    return sorted(found, key=lambda due: due.at)


@dataclass
class Storm:
    """Plays a plan. restart_database: stops it at once, and starts it again when it is called the second time."""

    play: Cast
    restart_database: Callable[[float], None] | None = None

    def __post_init__(self) -> None:
        self.done: Counter[str] = Counter()
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._begun = time.monotonic()
        self._redis_is_away = False

    def blow(self, due: list[Due]) -> None:
        """All of it, at its time; what ends is started again meanwhile."""
        self._begun = time.monotonic()
        waiting = list(due)
        while waiting or self._later:
            self.play.running.keep_up()
            while waiting and waiting[0].at <= self._elapsed():
                self._happen(waiting.pop(0))
            for moment, act in [one for one in self._later if one[0] <= self._elapsed()]:
                self._later.remove((moment, act))
                act()
            time.sleep(PAUSE_SECONDS)

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _in(self, seconds: float, act: Callable[[], None]) -> None:
        self._later.append((self._elapsed() + seconds, act))

    def _happen(self, due: Due) -> None:
        if due.blow is None:
            self.play.launch(due.number)
            return
        if self._hit(due.blow, due.number):
            self.done[due.blow] += 1
        else:
            self._in(AGAIN_SECONDS, partial(self._happen, due))

    def _hit(self, blow: Blow, number: int) -> bool:
        """Whether there was something to be hit."""
        running = self.play.running
        match blow:
            case Blow.LOSE_REDIS if not self._redis_is_away:
                running.lose_redis()
                self._redis_is_away = True
                self._in(AWAY_SECONDS, self._restore_redis)
            case Blow.FLUSH_REDIS if not self._redis_is_away:
                running.flush_redis()
            case Blow.RESTART_DATABASE:
                assert self.restart_database is not None
                self.restart_database(AWAY_SECONDS)
            case Blow.KILL_CLOCK:
                running.running[0].kill()
            case Blow.TERMINATE:
                for worker in running.workers():
                    worker.signal(SIGTERM)
            case Blow.FREEZE | Blow.KILL_CHILD | Blow.KILL_PARENT | Blow.KILL_BOTH:
                return self._hit_worker(blow, number)
            case _:
                return False
        return True

    def _restore_redis(self) -> None:
        self.play.running.restore_redis()
        self._redis_is_away = False

    def _hit_worker(self, blow: Blow, number: int) -> bool:
        """One that is at work, if there is one."""
        workers = [worker for worker in self.play.running.workers() if worker.is_alive]
        busy = [worker for worker in workers if worker.children()] or workers
        if not busy:
            return False
        worker = busy[number % len(busy)]
        if blow is Blow.FREEZE:
            self._freeze(worker)
        else:
            strike(worker, blow)
        return True

    def _freeze(self, worker: Forked) -> None:
        pids = [worker.pid, *worker.children()]
        for pid in pids:
            send(pid, SIGSTOP)
        self._in(3 * LEASE_SECONDS, partial(wake, pids))


def wake(pids: list[int]) -> None:
    """After a stop."""
    for pid in pids:
        send(pid, SIGCONT)


def strike(worker: Forked, blow: Blow) -> None:
    """kill -9 of the child, the worker, or both. A worker that has no child is both."""
    children = worker.children()
    for child in children if blow is not Blow.KILL_PARENT else ():
        send(child, SIGKILL)
    if blow is not Blow.KILL_CHILD or not children:
        worker.signal(SIGKILL)
