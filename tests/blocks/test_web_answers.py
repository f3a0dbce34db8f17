"""What a server has answered, as blocks read it."""

from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.web import Answer, ClosedWeb

URL = "https://api.example.org/bot:canary/x?key=canary"


def answer(body: bytes, content_type: str = "") -> Answer:
    return Answer(200, {"content-type": content_type} if content_type else {}, body, URL)


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("été".encode(), "", "été"),
        ("été".encode(), "text/plain; charset=utf-8", "été"),
        ("été".encode("latin-1"), 'text/plain; charset="latin-1"; x=y', "été"),
        ("été".encode("latin-1"), "text/plain", "\ufffdt\ufffd"),
        ("été".encode(), "text/plain; charset=klingon", "été"),
        (b"", "", ""),
    ],
)
def test_text_is_read_by_the_charset_that_is_named(body: bytes, content_type: str, text: str) -> None:
    assert answer(body, content_type).text == text


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_an_error_that_names_only_the_host(body: bytes) -> None:
    with pytest.raises(BlockError, match=r"^api\.example\.org did not answer with JSON\.$") as caught:
        answer(body).json()
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("status", "is_ok"), [(199, False), (200, True), (299, True), (300, False), (404, False)])
def test_ok_is_2xx(status: int, is_ok: bool) -> None:
    assert Answer(status, {}, b"", URL).is_ok is is_ok


@pytest.mark.parametrize("asked", [("request", "GET", URL), ("connect", "mail.example.org", 465)])
async def test_closed_web_lets_nothing_out(asked: tuple[Any, ...]) -> None:
    with pytest.raises(BlockError, match="Nothing may leave from here"):
        await getattr(ClosedWeb(), asked[0])(*asked[1:])
