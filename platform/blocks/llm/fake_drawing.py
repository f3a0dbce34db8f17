"""What the built-in model draws."""

import struct
import zlib


def one_pixel(colour: bytes) -> bytes:
    """A PNG of one pixel. colour: red, green and blue. Source: PNG specification, sections 5 and 11."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    chunks = (("IHDR", header), ("IDAT", zlib.compress(b"\x00" + colour)), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind.encode(), content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
