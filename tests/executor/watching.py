"""Watching, inside an asyncio loop, what blocks show of the texts that they are writing."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from executor.events import TextShown, texts_shown

WAIT_SECONDS = 10.0


class Watch:
    """All pieces so far, in the order in which they came."""

    def __init__(self) -> None:
        self.pieces: list[TextShown] = []
        self._news = asyncio.Event()

    async def hear(self, sender: object, *, texts: Sequence[TextShown], **kwargs: Any) -> None:
        self.pieces += texts
        self._news.set()

    def newest(self) -> str:
        """The text that a client would show now."""
        if not self.pieces:
            return ""
        last = self.pieces[-1]
        same = (piece for piece in self.pieces if (piece.attempt, piece.answer) == (last.attempt, last.answer))
        return "".join(piece.text for piece in same)

    async def until(self, happened: Callable[[], bool]) -> None:
        """Until that is so after a piece has come. Who waits in vain fails."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not happened():
                self._news.clear()
                await self._news.wait()


@contextmanager
def watching() -> Iterator[Watch]:
    watch = Watch()
    texts_shown.connect(watch.hear, weak=False)
    try:
        yield watch
    finally:
        texts_shown.disconnect(watch.hear)
