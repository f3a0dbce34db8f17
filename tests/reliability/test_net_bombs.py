"""What a server may do to who asks it: nothing that is too large, too long, or never ends."""

import asyncio
import gzip
import resource
import zlib
from collections.abc import AsyncIterator

import pytest

from reliability.net.errors import OutwardFailed, OutwardRefused
from tests.reliability.raw_server import Answering, RawServer, raw_server, response
from tests.reliability.test_net_door import door_to

MIB = 2**20
HEAD = b"HTTP/1.1 200 OK\r\n"
GZIP_HEAD_BYTES = 10


def zeros(mebibytes: int) -> bytes:
    """So many of them, packed a thousandfold. The checksum that would be last is left out: nobody may get so far."""
    packing = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packing.compress(bytes(MIB)) + packing.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:GZIP_HEAD_BYTES] + mebibytes * piece


def endless(head: bytes, piece: bytes, seconds: float = 0) -> Answering:
    """Write the piece for ever, with a pause after each."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(seconds)

    return answer


BOMB = zeros(300)
DEFLATED_BOMB = zlib.compress(bytes(64 * MIB), 1)
PACKED_HELLO = b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"hello")
TOO_LARGE = {
    "gzip bomb": response(BOMB, "Content-Encoding: gzip"),
    "gzip bomb called x-gzip": response(BOMB, "Content-Encoding: X-GZip"),
    "deflate bomb": response(DEFLATED_BOMB, "Content-Encoding: deflate"),
    "bare deflate bomb": response(DEFLATED_BOMB[2:-4], "Content-Encoding: deflate"),
    "says it is large": HEAD + b"Content-Length: 99999999999\r\n\r\nx" + bytes(11 * MIB),
    "endless": endless(b"Connection: close\r\n\r\n", bytes(MIB)),
    "endless after its end": endless(PACKED_HELLO, bytes(MIB)),
    "endless chunks": endless(b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + bytes(MIB) + b"\r\n"),
}
NOT_UNDERSTOOD = {
    "brotli": response(b"\x1b\xff\xff", "Content-Encoding: br"),
    "zstd": response(b"\x28\xb5\x2f\xfd", "Content-Encoding: zstd"),
    "packed twice": response(gzip.compress(BOMB), "Content-Encoding: gzip, gzip"),
    "packed by two headers": response(gzip.compress(BOMB), "Content-Encoding: gzip", "Content-Encoding: gzip"),
}
BROKEN = {
    "no gzip": response(b"hello", "Content-Encoding: gzip"),
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "bad chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
    "negative length": HEAD + b"Content-Length: -5\r\n\r\nhello",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "long header": HEAD + b"X: " + bytes(b"a" * MIB) + b"\r\n\r\n",
    "100,000 headers": HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(100_000)) + b"\r\n",
    "endless head": endless(b"", b"X: 1\r\n" * 1000),
    "endless 1xx": endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
}


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with raw_server() as server:
        yield server


@pytest.mark.parametrize("name", TOO_LARGE)
async def test_answer_that_is_too_large_ends_at_the_limit(name: str, server: RawServer) -> None:
    server.answer = TOO_LARGE[name]
    before = peak_mebibytes()

    with pytest.raises(OutwardRefused, match="more than 10485760 bytes"):
        await door_to(server).request("GET", server.url)

    assert peak_mebibytes() - before <= 64


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
async def test_answer_that_is_packed_in_other_ways_is_refused(name: str, server: RawServer) -> None:
    server.answer = NOT_UNDERSTOOD[name]

    with pytest.raises(OutwardRefused, match="packs its answer"):
        await door_to(server).request("GET", server.url)


@pytest.mark.parametrize("name", BROKEN)
async def test_answer_that_is_broken_is_given_up(name: str, server: RawServer) -> None:
    server.answer = BROKEN[name]
    before = peak_mebibytes()

    with pytest.raises(OutwardFailed):
        await door_to(server, max_seconds=2.0).request("GET", server.url)

    assert peak_mebibytes() - before <= 64


async def test_many_headers_are_refused(server: RawServer) -> None:
    server.answer = response(b"hello", *(f"X-{number}: 1" for number in range(201)))

    with pytest.raises(OutwardRefused, match="more than 200 headers"):
        await door_to(server).request("GET", server.url)


@pytest.mark.parametrize(
    "answer", [endless(b"Connection: close\r\n\r\n", b"x", 0.02), endless(b"", b"X", 0.02)], ids=["body", "head"]
)
async def test_trickle_ends_with_its_time(answer: Answering, server: RawServer) -> None:
    """Each byte comes in time; all of them together do not."""
    server.answer = answer

    async with asyncio.timeout(3):
        with pytest.raises(OutwardFailed, match=r"did not answer within 0\.3 seconds"):
            await door_to(server).request("GET", server.url, timeout_seconds=0.3)


async def test_no_block_waits_longer_than_the_installation_allows(server: RawServer) -> None:
    server.answer = endless(b"Connection: close\r\n\r\n", b"x", 0.02)

    async with asyncio.timeout(3):
        with pytest.raises(OutwardFailed, match=r"within 0\.2 seconds"):
            await door_to(server, max_seconds=0.2).request("GET", server.url, timeout_seconds=60)


@pytest.mark.parametrize("size", [0, 1, 10 * MIB])
async def test_answer_within_the_limit_is_whole(size: int, server: RawServer) -> None:
    body = bytes(size)
    for encoding, packed in (("identity", body), ("gzip", gzip.compress(body, 1)), ("deflate", zlib.compress(body, 1))):
        server.answer = response(packed, f"Content-Encoding: {encoding}")
        door = door_to(server)
        reply = await door.request("GET", server.url)
        await door.close()

        assert reply.body == body
        assert "content-encoding" not in reply.headers


async def test_bound_holds_for_the_client_of_packages_too(server: RawServer) -> None:
    server.answer = TOO_LARGE["gzip bomb"]

    async with door_to(server).client(server.url) as client:
        with pytest.raises(OutwardRefused, match="more than 10485760 bytes"):
            await client.get(server.url)


def peak_mebibytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
