"""A block that never waits needs neither a task nor a coroutine: plain calls drive it from its start to its end.

What it has emitted is stored at once if it is as usual. If anything of it must wait after all (a large output goes to
its file, a failure is tried again), or wants a closer look, the ordinary way in `executor.engine.running` goes on from
there: the block is not run again.
"""

import asyncio
import contextlib
import dis
import inspect
import types
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from blocks.base import Block, RunsIn
from blocks.credentials import credential_needs
from executor.engine.limits import Limits
from executor.engine.values import Emitted, normalise

#: What code does that waits.
_WAITING = frozenset({"GET_AWAITABLE", "GET_AITER", "GET_ANEXT", "SEND", "BEFORE_ASYNC_WITH"})
#: More outputs than these are stored with pauses between them.
MANY = 20


def never_waits(kind: type[Block]) -> bool:
    """Whether the block's `run` has no `await`, and no loop, so that it emits only a few values; never in a thread.

    One with credentials waits for them.
    """
    return kind.runs_in is not RunsIn.THREAD and not credential_needs(kind.Input) and _never_awaits(kind.run)


@cache
def _never_awaits(run: Callable[..., object]) -> bool:
    code = getattr(run, "__code__", None)
    if not isinstance(code, types.CodeType) or not code.co_flags & inspect.CO_ASYNC_GENERATOR:
        return False
    return not any(step.opname in _WAITING or _goes_round(step.opname) for step in dis.get_instructions(code))


def _goes_round(opname: str) -> bool:
    return opname == "FOR_ITER" or "BACKWARD" in opname


@dataclass(frozen=True, slots=True)
class Emissions:
    """What a block has emitted as long as all was as usual.  rest: how it goes on; None if that is all."""

    usual: list[Emitted]
    rest: AsyncIterator[Any] | None = None

    async def again(self) -> AsyncIterator[Any]:
        """All of it, as the block would have emitted it."""
        for emitted in self.usual:
            yield emitted.name, emitted.value
        if self.rest is not None:
            async with contextlib.aclosing(self.rest) as rest:  # type: ignore[type-var]
                async for output in rest:
                    yield output


def drained(outputs: Any, limits: Limits) -> Emissions:
    """Run an asynchronous generator that never waits, to its end or to the first output that is not as usual.

    Usual outputs are few, may be stored without waiting, and nothing is wrong with them. Each is prepared before the
    block goes on: what the block does to a value afterwards does not matter.
    """
    usual: list[Emitted] = []
    step: Callable[[None], Any] = outputs.asend
    most = min(MANY, limits.outputs)
    try:
        while True:
            try:
                step(None).send(None)
            except StopIteration as output:
                prepared = _prepared(output.value, limits) if len(usual) < most else None
                if prepared is None:
                    return Emissions(usual, _going_on(output.value, outputs))
                usual.append(prepared)
    except StopAsyncIteration:
        return Emissions(usual)
    except (Exception, asyncio.CancelledError) as error:
        return Emissions(usual, _failing(error))


def _prepared(output: Any, limits: Limits) -> Emitted | None:
    """None: the ordinary way must look at it, and tell what is wrong if anything is."""
    try:
        name, value = output
        emitted = normalise(name, value, limits.output_bytes)
    except Exception:
        return None
    return None if name == "error" or emitted.bytes > limits.inline_bytes else emitted


async def _going_on(output: Any, outputs: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """The output, and then what the block emits after it."""
    async with contextlib.aclosing(outputs):  # type: ignore[type-var]
        yield output
        async for later in outputs:
            yield later


async def _failing(error: BaseException) -> AsyncIterator[Any]:
    raise error
    yield
