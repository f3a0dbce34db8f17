"""Who comes all at once is served in turn, so that the event loop gets round quickly for pages and the API.

A server that starts again is sought by all its clients in the same second. If it began with all of them, each step of a
request to the API would wait for a step of each of them. A few at a time are all served as soon, and cheaper.
"""

import asyncio
from weakref import WeakKeyDictionary

#: Sockets that are let in at once, and as many that are cleared away.
DOORS = 4
#: Stretches of events that are read at once. What is committed while one waits is read together.
READERS = 4


class Turns:
    """At most so many at once in each event loop, in the order in which they come."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    def next(self) -> asyncio.Semaphore:
        """`async with turns.next()` waits for a turn, which should not be long: nobody else has it meanwhile."""
        return self._places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._at_once))


doors = Turns(DOORS)
exits = Turns(DOORS)
readers = Turns(READERS)
