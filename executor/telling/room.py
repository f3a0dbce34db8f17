"""How much of a long answer has room in one."""

from typing import Any

from reliability.sql import json_text

#: Bytes of JSON that an answer holds at most, apart from its last item; and of the outputs of one node execution in it.
ANSWER_BYTES = 8 * 1024 * 1024
NODE_BYTES = 1024 * 1024


class Room:
    """Once something does not fit, nothing does: so what comes in order stays without gaps."""

    def __init__(self, bytes: int = ANSWER_BYTES) -> None:
        self._left = bytes

    def has(self, value: Any) -> bool:
        """Whether it fits, and then it is counted."""
        return self.has_text(json_text(value))

    def has_text(self, text: str) -> bool:
        """The same of JSON text."""
        size = len(text.encode())
        self._left = self._left - size if size <= self._left else -1
        return self._left >= 0
