"""Shortening a conversation that is longer than its model can read."""

from collections.abc import Iterable
from dataclasses import replace

from blocks.llm.chat import Message

#: Cautious: most texts have four.
CHARACTERS_PER_TOKEN = 3
#: No message is made shorter than this.
SHORTEST = 400

_NOTE = "\n[… left out …]\n"


def compressed(messages: list[Message], *, tokens: int) -> tuple[list[Message], int]:
    """The messages, the longest of them shortened until all fit, and how many characters were left out.

    tokens: what there is room for, estimated by the characters. The middle of a message goes, and a note stands in its
    place. Very many short messages may still be too many.
    """
    most = _most_characters((len(message.content) for message in messages), room=tokens * CHARACTERS_PER_TOKEN)
    kept = [_shortened(message, max(most, SHORTEST)) for message in messages]
    left_out = sum(len(message.content) for message in messages) - sum(len(message.content) for message in kept)
    return kept, left_out


def _most_characters(lengths: Iterable[int], *, room: int) -> int:
    """The length to which each message must be limited so that all together have room."""
    rising = sorted(lengths)
    for position, length in enumerate(rising):
        share = room // (len(rising) - position)
        if length > share:
            return share
        room -= length
    return rising[-1] if rising else 0


def _shortened(message: Message, most: int) -> Message:
    text = message.content
    if len(text) <= most:
        return message
    half = (most - len(_NOTE)) // 2
    return replace(message, content=text[:half] + _NOTE + text[-half:])
