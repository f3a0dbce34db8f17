"""A block at work for one node execution, over all its tries: how long it works, what it uses, what goes wrong."""

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blocks.context import Stats
from blocks.credentials import Credential
from blocks.prices import Usage
from executor.engine.emissions import Emissions, never_waits
from executor.engine.live_texts import RunText
from executor.engine.node_life import end_stopped, fail
from executor.engine.policies import RETRIES, backoff
from executor.engine.state import NodeRun

if TYPE_CHECKING:
    from executor.engine.execution import Execution

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a try failed. is_final: another try would end in the same way."""

    message: str
    is_our_fault: bool = False
    is_final: bool = False


class Work:
    """The tries of one node execution under this owner."""

    __slots__ = ("_begun", "_live", "_paused", "_stats", "_woken", "credentials", "emissions", "execution", "run")

    def __init__(self, execution: "Execution", run: NodeRun) -> None:
        self.execution = execution
        self.run = run
        #: What the first try has emitted, if that is known before it is dealt with.
        self.emissions: Emissions | None = None
        #: Opened for the try that goes on, by their pins.
        self.credentials: dict[str, Credential] = {}
        self._stats: Stats | None = None
        self._live: RunText | None = None
        self._begun = time.monotonic_ns()
        self._paused = 0
        #: While it pauses between two tries.
        self._woken: asyncio.Event | None = None

    @property
    def stats(self) -> Stats:
        """What the block reports; most report nothing."""
        if self._stats is None:
            self._stats = Stats()
        return self._stats

    @property
    def live(self) -> RunText:
        """Where the block shows its text; most show none."""
        if self._live is None:
            self._live = RunText(self.execution.live_texts, self.run)
        return self._live

    def usage(self) -> Usage:
        """What all tries have used; the time between them does not count."""
        return self.stats.usage((time.monotonic_ns() - self._begun - self._paused) // 1_000_000)

    def report(self) -> None:
        """Put what was used on the node execution."""
        if self.run.hold:
            self.run.usage = self.usage()
        if self._stats is None:
            return
        retries = self.run.stats.get(RETRIES)
        self.run.stats |= self._stats.as_dict()
        if retries is not None:
            self.run.stats[RETRIES] = retries

    @property
    def is_ending(self) -> bool:
        """Whether there is no more try, since the execution is ending, or its graph."""
        return self.execution.stopped is not None or self.run.graph.closing is not None

    async def pause(self, failure: Failure) -> bool:
        """Commit that there will be one more try, and wait for its time. False if it is not made after all."""
        execution, begun = self.execution, time.monotonic_ns()
        self._woken = asyncio.Event()
        retry = self._count_try(failure)
        await execution.session.commit()
        await self._sleep(backoff(self.run.node.policy, retry, execution.surroundings.chance()))
        self._paused += time.monotonic_ns() - begun
        if self.is_ending:
            self.run.attempt, self.run.stats[RETRIES] = self.run.attempt - 1, retry - 1
            return False
        return True

    def wake(self) -> None:
        """Something is ending: if it pauses, that is over."""
        if self._woken is not None:
            self._woken.set()

    def _count_try(self, failure: Failure) -> int:
        """One more follows this failure. How many have followed the first."""
        execution, run = self.execution, self.run
        retry: int = run.stats.get(RETRIES, 0) + 1
        run.stats[RETRIES] = retry
        run.attempt += 1
        message = execution.known_secrets.masked(f"Try {retry} failed: {failure.message}")
        run.error = message[: execution.limits.error_characters]
        execution.session.run_changed(run, execution.clock.now())
        return retry

    async def _sleep(self, seconds: float) -> None:
        """Until then, or until it is woken."""
        assert self._woken is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        self._woken = None

    @property
    def time_limit(self) -> float | None:
        """Seconds of one try; None for a block that cannot be interrupted, because it never waits."""
        if never_waits(type(self.run.node.block)):
            return None
        own = self.run.node.policy.timeout_seconds
        return self.run.node.block.timeout_seconds if own is None else own

    def too_late(self) -> Failure:
        """A try has passed its time limit. Where the user has set it, what was used is paid for."""
        message = f"The block took longer than {self.time_limit:g} seconds (timeout_seconds)."
        return Failure(message, is_our_fault=self.run.node.policy.timeout_seconds is None)

    def give_up(self) -> None:
        """The block does not heed its cancellation: the node ends without it."""
        execution, run = self.execution, self.run
        if execution.tasks.working.get(run) is not self:
            return
        logger.error(
            "A block does not heed its cancellation",
            extra={"action": "block_abandoned", "block": run.node.block.name, "node": run.node.id},
        )
        self.report()
        execution.tasks.leave_behind(run)
        if self.is_ending:
            end_stopped(execution, run)
        else:
            failure = self.too_late()
            fail(execution, run, failure.message, is_our_fault=failure.is_our_fault)
        execution.pump()
        execution.sub_graphs.check_done(run.graph)
