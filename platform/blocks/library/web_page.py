"""Reading pages of the web."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.web import Answer

#: The readable part is looked for in pages of at most so many bytes: it takes a second for each of them.
MAX_HTML_BYTES = 2 * 1024 * 1024
TEXTS = ("text/", "application/json", "application/xml", "application/rss+xml", "application/atom+xml")
PAGES = ("text/html", "application/xhtml+xml")

_PAGE = """<html><body><nav>Home, News</nav><article><h1>Gulls</h1><p>Gulls eat fish, and whatever else they find
at the shore. They nest on cliffs, in colonies of many pairs, and come back to them each year.</p></article></body>
</html>"""


class ExtractWebsiteContentBlock(Block):
    """Reads a page, without what surrounds its text."""

    id = "436c3984-57fd-4b85-8e9a-459b356883bd"
    description = "Reads a page of the web: the readable part of it, or all."
    categories = frozenset({Category.SEARCH})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"url": "https://example.org/gulls"},
            output=[("content", lambda text: "They nest on cliffs" in text and "Home, News" not in text)],
            web={"GET https://example.org/gulls": (200, _PAGE, {"content-type": "text/html"})},
        ),
        Example(
            input={"url": "example.org/gulls", "raw_content": True},
            output=[("content", _PAGE)],
            web={"GET https://example.org/gulls": (200, _PAGE, {"content-type": "text/html"})},
        ),
    )

    class Input(Pins):
        url: str = Pin(description="The address of the page.", min_length=1)
        raw_content: bool = Pin(default=False, description="Whether to give the page as it is.", title="Raw content")

    class Output(Pins):
        content: str = Pin(description="The text of the page.")
        error: str = Pin(description="Why there is none.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        answer = await context.services.web.request("GET", with_scheme(input.url))
        host = urlsplit(answer.url).hostname
        if not answer.is_ok:
            raise BlockError(f"{host} answered with status {answer.status}.")
        kind = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
        if not kind.startswith(TEXTS) and kind not in PAGES:
            raise BlockError(f"{host} answered with {kind[:100]}, which is no text.")
        if input.raw_content or kind not in PAGES:
            yield "content", answer.text
        else:
            yield "content", await _readable_part(answer, host or "")


def with_scheme(url: str) -> str:
    """The address as it is, or https:// before one that names no scheme."""
    url = url.strip()
    return url if "://" in url else f"https://{url}"


async def _readable_part(answer: Answer, host: str) -> str:
    """In a thread, since it calculates for long."""
    if len(answer.body) > MAX_HTML_BYTES:
        raise BlockError(f"The page of {host} has {len(answer.body):,} bytes; {MAX_HTML_BYTES:,} can be read.")
    text = await asyncio.to_thread(readable_text, answer.text)
    if not text:
        raise BlockError(f"The page of {host} has no readable text.")
    return text


def readable_text(html: str) -> str:
    """The main text of a page, else all of its text; empty if it has none."""
    from trafilatura import extract, html2txt  # takes long to import, so only who reads pages waits for it

    return extract(html, include_comments=False, include_tables=True) or html2txt(html) or ""
