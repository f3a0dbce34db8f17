"""Ids that this process makes itself, so that a row has its id before it is written."""

import itertools
import os
import struct
import time
import uuid
from collections.abc import Iterator
from datetime import datetime

_new, _set, _SAFETY = object.__new__, object.__setattr__, uuid.SafeUUID.unknown
#: The version and the variant.
_FIXED = 0x7 << 76 | 0x2 << 62
_BYTES = 2048
_words: Iterator[tuple[int]] = iter(())
_counter = itertools.count(int.from_bytes(os.urandom(3), "big"))


def uuid7() -> uuid.UUID:
    """A version 7 UUID: rows made later sort later, which keeps their index pages together.

    Layout (RFC 9562 §5.7): 48 bits of milliseconds, 12 bits of counter (order within a millisecond), 62 random bits.
    """
    # `uuid.UUID(int=…)` would spend most of the time on checking its arguments
    milliseconds = time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF
    made = _new(uuid.UUID)
    _set(made, "int", milliseconds << 80 | _FIXED | (next(_counter) & 0xFFF) << 64 | _random_word() >> 2)
    _set(made, "is_safe", _SAFETY)
    return made


def first_id(moment: datetime) -> uuid.UUID:
    """Ids that are made from then on are no smaller: they begin with the time. Pure."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def _random_word() -> int:
    """64 random bits. They are asked of the system for many ids at once; no two threads get the same ones."""
    global _words
    try:
        return int(next(_words)[0])
    except StopIteration:
        _words = struct.iter_unpack("Q", os.urandom(_BYTES))
        return int(next(_words)[0])


def _forget_words() -> None:
    """A forked process must not hand out the same ones as its parent."""
    global _words
    _words = iter(())


os.register_at_fork(after_in_child=_forget_words)
