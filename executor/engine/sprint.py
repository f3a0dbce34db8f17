"""Blocks that never wait need no task each: they run one after another, so that a chain of them is one long step."""

import asyncio
import dis
import inspect
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from functools import cache, partial
from typing import Any

from blocks.base import Block, RunsIn
from executor.engine.state import NodeRun

#: Node executions after which others may run.
STRIDE = 8
#: What code does that waits, or that goes round.
_WAITING = frozenset({"GET_AWAITABLE", "GET_AITER", "GET_ANEXT", "SEND", "BEFORE_ASYNC_WITH"})
_LOOPING = frozenset({"JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "FOR_ITER"})

Waiting = Coroutine[Any, Any, None]


def never_waits(kind: type[Block]) -> bool:
    """Whether the block's `run` has no `await`, and no loop, so that it emits only a few values; never in a thread."""
    return kind.runs_in is not RunsIn.THREAD and _never_awaits(kind.run)


@cache
def _never_awaits(run: Callable[..., object]) -> bool:
    code = getattr(run, "__code__", None)
    if not isinstance(code, types.CodeType) or not code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return False
    return not any(step.opname in _WAITING | _LOOPING for step in dis.get_instructions(code))


class Sprint:
    """Runs node executions of one execution in one task, in the order in which they come."""

    def __init__(self, begin: Callable[[NodeRun], Waiting], hand_over: Callable[[NodeRun, Waiting], None]) -> None:
        """begin: the work of a node execution.  hand_over: gives one that waits after all a task of its own."""
        self._begin = begin
        self._hand_over = hand_over
        self._waiting: deque[NodeRun] = deque()
        self.is_running = False

    def add(self, run: NodeRun) -> None:
        self._waiting.append(run)

    def leave(self) -> None:
        """Nothing more is begun."""
        self._waiting.clear()

    async def run(self) -> None:
        """Run what waits, and what is added meanwhile."""
        try:
            while self._waiting:
                self._stride()
                await asyncio.sleep(0)
        finally:
            self.is_running = False

    def _stride(self) -> None:
        for _ in range(STRIDE):
            if not self._waiting:
                return
            self._step(self._waiting.popleft())

    def _step(self, run: NodeRun) -> None:
        if run.is_finished:
            return
        work = self._begin(run)
        try:
            waits_for = work.send(None)
        except StopIteration:
            return
        self._hand_over(run, _rest(work, waits_for))


async def _rest(work: Waiting, waits_for: Any) -> None:
    await _go_on(work, waits_for)


@types.coroutine
def _go_on(work: Waiting, waits_for: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine that has begun to wait. waits_for: what it has yielded."""
    while True:
        try:
            go_on = partial(work.send, (yield waits_for))
        except BaseException as error:
            go_on = partial(work.throw, error)
        try:
            waits_for = go_on()
        except StopIteration:
            return
