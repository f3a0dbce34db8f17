"""Ids that this process makes itself, so that a row has its id before it is written."""

import itertools
import os
import time
import uuid

_counter = itertools.count(int.from_bytes(os.urandom(3), "big"))


def uuid7() -> uuid.UUID:
    """A version 7 UUID: rows made later sort later, which keeps their index pages together.

    Layout (RFC 9562 §5.7): 48 bits of milliseconds, 12 bits of counter (order within a millisecond), 62 random bits.
    """
    milliseconds = time.time_ns() // 1_000_000 & ((1 << 48) - 1)
    counter = next(_counter) & 0xFFF
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | counter << 64 | 0x2 << 62 | random_bits)
