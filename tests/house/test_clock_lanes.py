"""A lane of the clock."""

import threading

from config.clock.lane import Lane
from config.clock.tasks import Task


def test_a_fault_of_its_own_does_not_end_it() -> None:
    """It looks at the clock when it is made, and then before each task."""
    looks, done = iter(range(9)), threading.Event()

    def clock() -> float:
        if next(looks) == 1:
            raise ZeroDivisionError
        return 0.0

    lane = Lane([Task("work", 3600, done.set)], clock=clock)
    lane.start()
    assert done.wait(20)
    lane.stop()
