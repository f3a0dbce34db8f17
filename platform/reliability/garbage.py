"""The garbage collector is kept from looking, again and again, at what stays anyway."""

import contextlib
import gc
from collections.abc import Iterator

#: New objects after which the young are looked at, and how often that comes before the next older ones are. By default
#: it is 700 and 10: an execution that keeps ten thousand nodes in memory would be gone through again and again.
THRESHOLDS = (10_000, 20, 50)


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Import within it what a program consists of. It takes a quarter less, and is not looked at afterwards either."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def collect_seldom() -> None:
    """For a worker. Call it once everything is loaded: that is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
