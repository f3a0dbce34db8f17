"""Reading feeds: RSS and Atom."""

import asyncio
from calendar import timegm
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.prices import Price

#: Newest entries that one reading gives.
MAX_ENTRIES = 500
MAX_DESCRIPTION = 100_000
#: Nobody's server is asked more often.
MIN_POLLING_SECONDS = 10

#: An entry as it is emitted: title, link, description, pub_date, author, categories.
Entry = dict[str, Any]

_FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Birds</title><item><title>Gulls are back</title>
<link>https://example.org/gulls</link><description>On all cliffs.</description><author>ada@example.org</author>
<category>birds</category></item></channel></rss>"""
_ENTRY = {
    "title": "Gulls are back",
    "link": "https://example.org/gulls",
    "description": "On all cliffs.",
    "pub_date": None,
    "author": "ada@example.org",
    "categories": ["birds"],
}


class ReadRSSFeedBlock(Block):
    """Reads what is new in a feed, once or again and again. An entry that was emitted is not emitted again."""

    id = "5ebe6768-8e5d-41e3-9134-1c7bd89a8d52"
    description = "Reads the entries of a feed (RSS, Atom) of the last minutes, once or until it is stopped."
    categories = frozenset({Category.INPUT})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    timeout_seconds = None
    examples = (
        Example(
            input={"rss_url": "https://example.org/feed", "polling_rate": 300, "run_continuously": False},
            output=[("entry", _ENTRY), ("entries", [_ENTRY])],
            web={"GET https://example.org/feed": (200, _FEED, {"content-type": "application/rss+xml"})},
        ),
    )

    class Input(Pins):
        rss_url: str = Pin(description="The address of the feed.", min_length=1)
        time_period: int = Pin(
            default=1440, description="How old the entries may be, in minutes before the start.", ge=0, le=5_256_000
        )
        polling_rate: int = Pin(
            description=f"Seconds between two readings; less than {MIN_POLLING_SECONDS} counts as that.", le=86_400
        )
        run_continuously: bool = Pin(default=True, description="Whether to read again and again.")

    class Output(Pins):
        entry: dict[str, Any] = Pin(description="One entry: title, link, description, pub_date, author, categories.")
        entries: list[dict[str, Any]] = Pin(description="The new entries of one reading together.")
        error: str = Pin(description="Why the feed cannot be read.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        since = datetime.now(UTC) - timedelta(minutes=input.time_period)
        known: set[str] = set()
        while True:
            new = [entry for name, entry in await _read(input.rss_url, context, since) if _is_new(name, known)]
            for entry in new:
                yield "entry", entry
            yield "entries", new
            if not input.run_continuously:
                return
            await asyncio.sleep(max(input.polling_rate, MIN_POLLING_SECONDS))


def entries_of(feed: bytes, since: datetime) -> list[tuple[str, Entry]] | None:
    """Those that are not older, each with what tells it from all others, in the order of the feed; those without a date
    among them. None if it is no feed.
    """
    from feedparser import parse  # takes long to import, so only who reads feeds waits for it

    parsed = parse(BytesIO(feed), sanitize_html=True, resolve_relative_uris=False)
    if not parsed.get("version") and not parsed.entries:
        return None
    dated = [(entry, _moment(entry)) for entry in parsed.entries[:MAX_ENTRIES]]
    return [(_identity(entry), _entry(entry, moment)) for entry, moment in dated if moment is None or moment >= since]


async def _read(url: str, context: Context, since: datetime) -> list[tuple[str, Entry]]:
    """In a thread where it calculates."""
    answer = await context.services.web.request("GET", url)
    host = urlsplit(answer.url).hostname
    if not answer.is_ok:
        raise BlockError(f"{host} answered with status {answer.status}.")
    found = await asyncio.to_thread(entries_of, answer.body, since)
    if found is None:
        raise BlockError(f"{host} did not answer with a feed.")
    return found


def _is_new(name: str, known: set[str]) -> bool:
    """Whether it was not known; then it is from now on."""
    if name in known:
        return False
    known.add(name)
    return True


def _identity(entry: Any) -> str:
    """What the feed itself calls the entry; without that, its address and title: many may have one address."""
    return entry.get("id") or f"{entry.get('link', '')} {entry.get('title', '')}"


def _moment(entry: Any) -> datetime | None:
    moment = entry.get("published_parsed") or entry.get("updated_parsed")
    return datetime.fromtimestamp(timegm(moment), UTC) if moment else None


def _entry(entry: Any, moment: datetime | None) -> Entry:
    return {
        "title": entry.get("title", ""),
        "link": entry.get("link", ""),
        "description": entry.get("summary", "")[:MAX_DESCRIPTION],
        "pub_date": moment.isoformat() if moment else None,
        "author": entry.get("author", ""),
        "categories": [tag.get("term") or "" for tag in entry.get("tags", [])],
    }
