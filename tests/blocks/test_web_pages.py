"""Pages and feeds."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library import web_feed
from blocks.library.web_feed import ReadRSSFeedBlock, entries_of
from blocks.library.web_page import ExtractWebsiteContentBlock, with_scheme
from tests.blocks.fakes import make_context
from tests.blocks.running import Emitted, outputs
from tests.world.server import World

PAGE = "https://example.org/page"
FEED = "https://example.org/feed"
HTML = {"Content-Type": "text/html"}
ARTICLE = "Gulls eat fish, and whatever else they find at the shore of the sea. " * 5


async def read(world: World, **inputs: Any) -> Emitted:
    return await outputs(ExtractWebsiteContentBlock(), {"url": PAGE, **inputs}, make_context(web=world.web()))


async def test_readable_part_leaves_out_what_surrounds_it(world: World) -> None:
    scripts = "<script>steal()</script><style>p {}</style><nav>Home News</nav><footer>Imprint</footer>"
    world.says(f"GET {PAGE}", (200, f"<html><body>{scripts}<article><p>{ARTICLE}</p></article></body></html>", HTML))

    [(name, text)] = await read(world)

    assert name == "content"
    assert ARTICLE.strip() in text
    assert [word for word in ("steal", "p {}", "Home", "Imprint") if word in text] == []


@pytest.mark.parametrize(
    ("said", "inputs", "content"),
    [
        ((200, "<p>x</p>", HTML), {"raw_content": True}, "<p>x</p>"),
        ((200, "plain", {"Content-Type": "text/plain"}), {}, "plain"),
        ((200, '{"a": 1}', {"Content-Type": "application/json"}), {}, '{"a": 1}'),
        ((200, "été".encode("latin-1"), {"Content-Type": "text/plain; charset=latin-1"}), {}, "été"),
        ((200, "<html><body>Short.</body></html>", HTML), {}, "Short."),
    ],
)
async def test_what_is_no_page_is_given_as_it_is(said: Any, inputs: dict[str, Any], content: str, world: World) -> None:
    world.says(f"GET {PAGE}", said)

    assert await read(world, **inputs) == [("content", content)]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ((404, "gone"), r"example\.org answered with status 404"),
        ((500, "oops", HTML), "status 500"),
        ((200, b"%PDF", {"Content-Type": "application/pdf"}), "application/pdf, which is no text"),
        ((200, "<html><body></body></html>", HTML), "no readable text"),
        ((200, "", HTML), "no readable text"),
        ((200, "<p>" + "x" * 3_000_000, HTML), r"3,000,003 bytes; 2,097,152 can be read"),
    ],
)
async def test_page_that_cannot_be_read_is_an_error(said: Any, says: str, world: World) -> None:
    world.says(f"GET {PAGE}", said)

    with pytest.raises(BlockError, match=says):
        await read(world)


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("example.org/x", "https://example.org/x"),
        (" http://example.org ", "http://example.org"),
        ("file:///x", "file:///x"),
    ],
)
def test_address_without_a_scheme_is_asked_by_https(url: str, asked: str) -> None:
    assert with_scheme(url) == asked


def feed(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'


def item(title: str, *, minutes_ago: int = 0) -> str:
    moment = format_datetime(datetime.now(UTC) - timedelta(minutes=minutes_ago))
    return f"<item><title>{title}</title><link>https://x.org/{title}</link><pubDate>{moment}</pubDate></item>"


async def entries(world: World, **inputs: Any) -> Emitted:
    given = {"rss_url": FEED, "polling_rate": 60, "run_continuously": False, **inputs}
    return await outputs(ReadRSSFeedBlock(), given, make_context(web=world.web()))


async def test_entries_of_the_period_are_emitted_each_and_together(world: World) -> None:
    world.says(f"GET {FEED}", (200, feed(item("new"), item("old", minutes_ago=70))))

    emitted = await entries(world, time_period=60)

    assert [name for name, _ in emitted] == ["entry", "entries"]
    assert emitted[0][1]["title"] == "new"
    assert emitted[1][1] == [emitted[0][1]]
    assert set(emitted[0][1]) == {"title", "link", "description", "pub_date", "author", "categories"}


async def test_feed_without_news_gives_an_empty_list(world: World) -> None:
    world.says(f"GET {FEED}", (200, feed(item("old", minutes_ago=70))))

    assert await entries(world, time_period=60) == [("entries", [])]


async def test_entry_is_not_repeated_by_a_later_reading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_feed, "MIN_POLLING_SECONDS", 0)
    feeds = iter([feed(item("a")), feed(item("b"), item("a"))])
    world.says(f"GET {FEED}", lambda call: (200, next(feeds)))
    block = ReadRSSFeedBlock()
    pins = block.Input(rss_url=FEED, polling_rate=0)
    running = block.run(pins, make_context(web=world.web()))

    names = [
        (name, value["title"] if name == "entry" else len(value))
        for name, value in [await anext(running) for _ in range(4)]
    ]
    await running.aclose()

    assert names == [("entry", "a"), ("entries", 1), ("entry", "b"), ("entries", 1)]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ((404, "gone"), "status 404"),
        ((200, "<html><body>no feed</body></html>", HTML), "did not answer with a feed"),
        ((200, "", HTML), "did not answer with a feed"),
        ((200, b"\xff\xfe\x00bad"), "did not answer with a feed"),
    ],
)
async def test_what_is_no_feed_is_an_error(said: Any, says: str, world: World) -> None:
    world.says(f"GET {FEED}", said)

    with pytest.raises(BlockError, match=says):
        await entries(world)


def test_atom_is_read_too() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>T</title><link href="https://x.org/t"/>
    <updated>2026-01-02T03:04:05Z</updated><summary>S</summary><author><name>Ada</name></author><category term="c"/>
    </entry></feed>"""

    [(name, entry)] = entries_of(atom, datetime(2026, 1, 1, tzinfo=UTC)) or []

    assert name == "https://x.org/t T"
    assert entry == {
        "title": "T",
        "link": "https://x.org/t",
        "description": "S",
        "pub_date": "2026-01-02T03:04:05+00:00",
        "author": "Ada",
        "categories": ["c"],
    }


def test_feed_reads_no_other_file_and_does_not_grow() -> None:
    outside = b"""<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">
    <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
    <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">]>
    <rss version="2.0"><channel><item><title>&x;</title><description>&e;&e;&e;</description></item></channel></rss>"""

    made = entries_of(outside, datetime(2026, 1, 1, tzinfo=UTC)) or []

    assert "root:" not in str(made)
    assert len(str(made)) < 100_000


def test_scripts_of_a_feed_are_taken_out() -> None:
    bad = feed(
        "<item><title>x</title><description>&lt;script&gt;steal()&lt;/script&gt;ok</description></item>"
    ).encode()

    [(_, entry)] = entries_of(bad, datetime(2026, 1, 1, tzinfo=UTC)) or []

    assert entry["description"] == "ok"
