"""A block that never waits needs neither a task nor a coroutine: plain calls drive it from its start to its end.

What it has emitted is stored at once if it is as usual. If anything of it must wait after all (a large output goes to
its file, a failure is tried again), or wants a closer look, the ordinary way in `executor.engine.running` goes on with
what there is: the block is not run again.
"""

import asyncio
import dis
import inspect
import types
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from blocks.base import Block, RunsIn
from executor.engine.limits import Limits
from executor.engine.values import Emitted, normalise

#: What code does that waits, or that goes round.
_WAITING = frozenset({"GET_AWAITABLE", "GET_AITER", "GET_ANEXT", "SEND", "BEFORE_ASYNC_WITH"})
_LOOPING = frozenset({"JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "FOR_ITER"})
#: More outputs than these are stored with pauses between them.
MANY = 20


def never_waits(kind: type[Block]) -> bool:
    """Whether the block's `run` has no `await`, and no loop, so that it emits only a few values; never in a thread."""
    return kind.runs_in is not RunsIn.THREAD and _never_awaits(kind.run)


@cache
def _never_awaits(run: Callable[..., object]) -> bool:
    code = getattr(run, "__code__", None)
    if not isinstance(code, types.CodeType) or not code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return False
    return not any(step.opname in _WAITING | _LOOPING for step in dis.get_instructions(code))


@dataclass(slots=True)
class Emissions:
    """All that a block has emitted, and what it raised in the end."""

    outputs: list[Any]
    error: BaseException | None = None

    async def again(self) -> AsyncIterator[Any]:
        """The same, as the block would have emitted it."""
        for output in self.outputs:
            yield output
        if self.error is not None:
            raise self.error


def drained(outputs: Any) -> Emissions:
    """Run an asynchronous generator that never waits to its end."""
    emitted: list[Any] = []
    step: Callable[[None], Any] = outputs.asend
    try:
        while True:
            try:
                step(None).send(None)
            except StopIteration as output:
                emitted.append(output.value)
    except StopAsyncIteration:
        return Emissions(emitted)
    except (Exception, asyncio.CancelledError) as error:
        return Emissions(emitted, error)


def usual(emissions: Emissions, limits: Limits) -> list[Emitted] | None:
    """The outputs, prepared; None unless all of them may be stored without waiting, and nothing is wrong with them."""
    if emissions.error is not None or len(emissions.outputs) > min(MANY, limits.outputs):
        return None
    prepared: list[Emitted] = []
    try:
        for name, value in emissions.outputs:
            emitted = normalise(name, value, limits.output_bytes)
            if name == "error" or emitted.bytes > limits.inline_bytes:
                return None
            prepared.append(emitted)
    except Exception:  # the ordinary way meets it again, and tells
        return None
    return prepared
