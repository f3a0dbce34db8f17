"""Being asked to end: Ctrl-C, SIGTERM and a closed terminal all mean the same."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def ends_like_ctrl_c() -> Iterator[None]:
    """While the block runs, each of them raises KeyboardInterrupt, also where a shell had SIGINT ignored."""
    before = {number: signal.getsignal(number) for number in REQUESTS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_listening() -> None:
    """From here on nothing interrupts the stopping, which takes a bounded time."""
    for number in REQUESTS:
        signal.signal(number, signal.SIG_IGN)


def _interrupt(number: int, frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)
