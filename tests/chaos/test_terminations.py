"""A worker that is asked to end in the very moment in which it takes a job loses nothing, and ends soon."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from accounts.models import User
from executor.models import GraphExecution
from tests.chaos.cast import Cast, cast
from tests.chaos.forks import FORKING_WORKER, WORKER
from tests.chaos.installation import BLOCK_MODULES, installation
from tests.chaos.oracle import wait_for_the_end
from tests.chaos.terminating import FOLDER, arm, sent, unsent
from tests.house.processes import is_alive, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

EXIT_SECONDS = 30.0
#: In 19 of 20 cases an execution has begun after so many seconds.
START_DELAY_SECONDS = 5.0
Kinds = list[tuple[str, ...]]
POOLS: Kinds = [WORKER] * 3
BOTH: Kinds = [*[WORKER] * 2, *[FORKING_WORKER] * 2]
NOBODY_RINGS_AGAIN = {"RING_AGAIN_SECONDS": "600"}
#: Looks between two launches.
PACE = 5


@dataclass
class Terminations:
    """Launches as long as signals are unsent. seconds: how long each process took to end, by its id."""

    play: Cast
    folder: Path
    seconds: dict[int, float] = field(default_factory=dict)
    looks: int = 0

    def are_over(self) -> bool:
        """One look: whatever ends is started again."""
        self._note_ends()
        self.play.running.keep_up()
        if unsent(self.folder) and self.looks % PACE == 0:
            self.play.launch(self.looks // PACE)
        self.looks += 1
        return not unsent(self.folder) and self.seconds.keys() == sent(self.folder).keys()

    def _note_ends(self) -> None:
        for pid, asked in sent(self.folder).items():
            if pid not in self.seconds and not is_alive(pid):
                self.seconds[pid] = time.time() - asked


def assert_signals_cost_nothing(user: User, folder: Path, kinds: Kinds, *, signals: int, **variables: str) -> None:
    arm(folder, signals)
    known = {FOLDER: str(folder), "BLOCK_MODULES": f"{BLOCK_MODULES},tests.chaos.terminating"}
    with installation(**known, **variables) as running:
        terminations = Terminations(cast(running, user), folder)
        running.start(*kinds)
        wait_until(terminations.are_over, seconds=EXIT_SECONDS + 5 * signals)
        wait_for_the_end(running, user)
        terminations.play.assert_all_is_well()
    assert len(terminations.seconds) == signals
    assert_soon(list(terminations.seconds.values()))


def assert_soon(exits: list[float]) -> None:
    """Workers have ended soon, executions have begun soon, and none was left to the end of its lease."""
    rows = list(GraphExecution.objects.roots().values_list("created_at", "started_at", "fence"))
    delays = sorted((started - created).total_seconds() for created, started, _ in rows if started)
    p95 = delays[int((len(delays) - 1) * 0.95)]
    print(f"{len(exits)} ends within {max(exits):.1f} s; start delay p95 {p95:.2f} s, max {delays[-1]:.2f} s")  # noqa: T201
    assert max(exits) <= EXIT_SECONDS
    assert p95 <= START_DELAY_SECONDS
    assert {fence for _, _, fence in rows} == {1}


def test_a_pool_that_is_asked_to_end_while_it_takes_a_job_gives_it_back(ada: User, tmp_path: Path) -> None:
    assert_signals_cost_nothing(ada, tmp_path, POOLS, signals=4, **NOBODY_RINGS_AGAIN)


@pytest.mark.slow
def test_fifty_signals_to_pools_that_take_jobs_cost_nothing(ada: User, tmp_path: Path) -> None:
    assert_signals_cost_nothing(ada, tmp_path, POOLS, signals=50, **NOBODY_RINGS_AGAIN)


@pytest.mark.slow
def test_fifty_signals_to_workers_of_both_kinds_cost_nothing(ada: User, tmp_path: Path) -> None:
    """What RQ's own worker had just taken is lost, and is rung again."""
    assert_signals_cost_nothing(ada, tmp_path, BOTH, signals=50)
