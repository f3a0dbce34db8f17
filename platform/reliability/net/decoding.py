"""Unpacking what a server has packed, in pieces, so that a few bytes cannot become a great many at once."""

import zlib
from collections.abc import Iterator

#: What is asked for, and all that is understood.
ACCEPTED = "gzip, deflate"
PLAIN = frozenset({"", "identity"})
PIECE_BYTES = 64 * 1024

_GZIP, _ZLIB, _RAW = 31, 15, -15


class Plain:
    """What is not packed."""

    def pieces(self, data: bytes) -> Iterator[bytes]:
        yield data


class Inflating:
    """gzip, or deflate with or without the header that it should have."""

    def __init__(self, encoding: str) -> None:
        self._may_be_raw = encoding == "deflate"
        self._inflate = zlib.decompressobj(_ZLIB if self._may_be_raw else _GZIP)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Of at most PIECE_BYTES each. Raises zlib.error for what is not packed as it says."""
        piece = self._first_piece(data) if self._may_be_raw else self._piece(data)
        while piece:
            yield piece
            piece = self._piece(self._inflate.unconsumed_tail)

    def _first_piece(self, data: bytes) -> bytes:
        self._may_be_raw = False
        try:
            return self._piece(data)
        except zlib.error:
            self._inflate = zlib.decompressobj(_RAW)
            return self._piece(data)

    def _piece(self, data: bytes) -> bytes:
        return self._inflate.decompress(data, PIECE_BYTES)


def decoder(encoding: str) -> Plain | Inflating | None:
    """For the header Content-Encoding; None for what is not understood, as several encodings over each other."""
    encoding = encoding.strip().lower()
    if encoding in PLAIN:
        return Plain()
    return Inflating(encoding) if encoding in ("gzip", "x-gzip", "deflate") else None
