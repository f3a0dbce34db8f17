"""The texts that blocks are still writing, on their way to whoever looks: in pieces, now and then, and never kept."""

import asyncio
from typing import TYPE_CHECKING

from executor.engine.growing import certain
from executor.engine.state import NodeRun
from executor.events import TextShown

if TYPE_CHECKING:
    from executor.engine.execution import Execution

#: Between two rounds in which pieces go out. A node execution has one piece a round at most.
ROUND_SECONDS = 0.1
#: Pieces that go out in one round; other node executions wait for the next.
PIECES_MAX = 10
#: Of one piece, and of all pieces of one node execution.
PIECE_MAX_BYTES = 8000
NODE_MAX_BYTES = 256 * 1024
CHARACTER_MAX_BYTES = 4
#: Stands where more is being written than is shown.
MORE = " …"


class LiveTexts:
    """Those of one execution. They go out in a task of their own, so that nobody waits for them."""

    def __init__(self, execution: "Execution") -> None:
        self._execution = execution
        #: Those that have something new, in turn.
        self._due: dict[RunText, None] = {}
        self._rounds: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """What is to be judged before it is seen is not shown, nor what nobody has asked for in earnest."""
        around = self._execution.surroundings
        return around.show_texts is not None and around.moderation is None and not self._execution.root.is_dry_run

    @property
    def is_lost(self) -> bool:
        """Whether another owner shows them now."""
        return bool(self._execution.session.lost)

    def certain(self, text: str) -> tuple[str, int]:
        return certain(text, self._execution.known_secrets.spellings())

    def longest_secret(self) -> int:
        return max(map(len, self._execution.known_secrets.spellings()), default=0)

    def add(self, text: "RunText") -> None:
        """It has something new."""
        self._due[text] = None
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._send_for_a_while(), name="live-texts")

    def close(self) -> None:
        """Nothing more goes out. The task ends by itself: one that is cancelled as it talks to Redis may not notice."""
        self._due.clear()

    async def _send_for_a_while(self) -> None:
        """Until nothing is new."""
        show = self._execution.surroundings.show_texts
        assert show is not None
        while self._due:
            if pieces := self._round():
                await show(pieces)
            await asyncio.sleep(ROUND_SECONDS)

    def _round(self) -> list[TextShown]:
        due = list(self._due)[:PIECES_MAX]
        pieces = [piece for text in due if (piece := text.next_piece()) is not None]
        for text in due:
            del self._due[text]
            if text.has_more:
                self._due[text] = None
        return pieces


class RunText:
    """Implements blocks.context.LiveText for one node execution, over all its tries."""

    __slots__ = ("_answer", "_attempt", "_number", "_ready", "_room", "_run", "_taken", "_text", "_texts", "has_more")

    def __init__(self, texts: LiveTexts, run: NodeRun) -> None:
        self._texts = texts
        self._run = run
        #: As far as it has come; how much of that has been looked at; what of it is masked, and has not gone out.
        self._text, self._taken, self._ready = "", 0, ""
        self._attempt = self._answer = self._number = 0
        self._room = NODE_MAX_BYTES
        #: Whether another piece could go out at once.
        self.has_more = False

    @property
    def is_on(self) -> bool:
        return self._texts.is_on

    def show(self, text: str) -> None:
        if not self.is_on or self._room <= 0 or self._run.is_finished:
            return
        if self._attempt != self._run.attempt or not text.startswith(self._text):
            self._begin()
        self._text = text
        self._texts.add(self)

    def next_piece(self) -> TextShown | None:
        """What goes out next. None: nothing can for now, or ever."""
        self.has_more = False
        if self._run.is_finished or self._texts.is_lost:
            return None
        self._look_further()
        piece = beginning(self._ready, min(self._room, PIECE_MAX_BYTES))
        if not piece:
            return None
        self._ready = self._ready[len(piece) :]
        self._room -= len(piece.encode())
        if self._room < CHARACTER_MAX_BYTES:
            self._room = 0
        self.has_more = self._room > 0 and (bool(self._ready) or self._taken + PIECE_MAX_BYTES <= len(self._text))
        return self._numbered(piece if self._room > 0 else piece + MORE)

    def _begin(self) -> None:
        self._taken, self._ready = 0, ""
        self._attempt, self._number = self._run.attempt, 0
        self._answer += 1

    def _look_further(self) -> None:
        """Mask what can be masked, unless something is ready. A character has a byte at least."""
        if self._ready:
            return
        most = PIECE_MAX_BYTES + self._texts.longest_secret()
        found, taken = self._texts.certain(self._text[self._taken : self._taken + most])
        self._ready = found.encode(errors="replace").decode()
        self._taken += taken

    def _numbered(self, piece: str) -> TextShown:
        run, number = self._run, self._number
        self._number += 1
        return TextShown(
            execution_id=str(run.graph.id),
            node_execution_id=str(run.id),
            node_id=run.node.id,
            attempt=self._attempt,
            answer=self._answer,
            number=number,
            text=piece,
        )


def beginning(text: str, most: int) -> str:
    """As many whole characters as fit into so many bytes."""
    return text.encode()[:most].decode(errors="ignore")
