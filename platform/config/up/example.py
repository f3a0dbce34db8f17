"""Running one example while everything else is tended."""

import asyncio
from collections.abc import Callable

from rich.console import Console

from accounts.models import User
from config.up.demo import SHOWN, example
from console.terminal.show import show, style_for
from executor.launching.launch import launch
from executor.models import GraphExecution, Trigger

TEND_SECONDS = 0.2


def run_example(user: User, *, tend: Callable[[], None], console: Console) -> GraphExecution:
    """Launch it, show it to its end and return its final row. Raises what `launch` and `tend` raise."""
    version = example(SHOWN, user)
    console.print(f"Running the example “{version.name}”:", highlight=False)
    execution = launch(user, version, inputs={}, trigger=Trigger.COMMAND)
    return asyncio.run(_show_and_tend(execution, tend, console))


async def _show_and_tend(execution: GraphExecution, tend: Callable[[], None], console: Console) -> GraphExecution:
    showing = asyncio.create_task(show(execution.id, console=console, style=style_for(console)))
    tending = asyncio.create_task(_tend_for_ever(tend))
    try:
        await asyncio.wait((showing, tending), return_when=asyncio.FIRST_COMPLETED)
        if tending.done():
            tending.result()
        return showing.result()
    finally:
        showing.cancel()
        tending.cancel()
        await asyncio.gather(showing, tending, return_exceptions=True)


async def _tend_for_ever(tend: Callable[[], None]) -> None:
    while True:
        tend()
        await asyncio.sleep(TEND_SECONDS)
