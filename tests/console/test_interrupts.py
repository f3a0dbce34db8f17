import asyncio
import os
import signal

from console.terminal.interrupts import on_interrupt


async def test_the_first_interrupt_asks_and_the_second_insists() -> None:
    asked, insisted = asyncio.Event(), asyncio.Event()

    async def ask() -> None:
        asked.set()

    with on_interrupt(first=ask, second=insisted.set):
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(asked.wait(), 5)
        assert not insisted.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(insisted.wait(), 5)


async def test_afterwards_an_interrupt_is_pythons_own() -> None:
    async def never() -> None:
        raise AssertionError

    with on_interrupt(first=never, second=lambda: None):
        pass
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
