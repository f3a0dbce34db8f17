"""Clocks and web requests, row by row."""

from datetime import UTC, datetime
from typing import Any

import pytest

from blocks.library import dates
from tests.blocks.behaviours import Emits, Fails, Outcome, Row, Waits, check, emits, rows
from tests.blocks.canned import CannedWeb
from tests.blocks.fakes import make_context

NOW = datetime(2026, 3, 1, 23, 30, 5, 120, tzinfo=UTC)


@pytest.fixture
def at_half_past_eleven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dates, "clock", lambda: NOW)


def told(name: str, output: str, text: str, **inputs: Any) -> Row:
    return name, {"trigger": None, **inputs}, emits((output, text))


def time(text: str, **format_type: Any) -> Row:
    return told("GetCurrentTime", "time", text, **({"format_type": format_type} if format_type else {}))


def date(text: str, offset: Any = 0, **format_type: Any) -> Row:
    return told("GetCurrentDate", "date", text, offset=offset, **({"format_type": format_type} if format_type else {}))


def moment(text: str, **format_type: Any) -> Row:
    return told("GetCurrentDateAndTime", "date_time", text, **({"format_type": format_type} if format_type else {}))


ISO = {"discriminator": "iso8601"}
OWN = {"discriminator": "strftime"}


@rows(
    time("23:30:05"),
    time("23:30:05", **OWN),
    time("11 PM", **OWN, format="%I %p"),
    time("00:30:05", **OWN, timezone="Europe/Berlin"),
    time("08:30:05", **OWN, timezone="Europe/Berlin", use_user_timezone=True),
    time("T23:30:05+00:00", **ISO),
    time("T00:30:05+01:00", **ISO, timezone="Europe/Berlin"),
    time("T23:30:05.000120+00:00", **ISO, include_microseconds=True),
    date("2026-03-01"),
    date("2026-02-28", 1),
    date("2026-02-28", "1"),
    date("2026-03-02", -1),
    date("2026-03-01", "tomorrow"),
    date("2026-03-01", ""),
    date("2026-03-01", "1.5"),
    date("2026-03-02", **OWN, timezone="Asia/Tokyo"),
    date("03/01/26", **OWN, format="%m/%d/%y"),
    date("2026-03-01", **ISO),
    date("2026-02-27", 2, **ISO, include_microseconds=True),
    moment("2026-03-01 23:30:05"),
    moment("2026-03-02 00:30", **OWN, format="%Y-%m-%d %H:%M", timezone="Europe/Berlin"),
    moment("2026-03-01T23:30:05+00:00", **ISO),
    moment("2026-03-01T18:30:05.000120-05:00", **ISO, timezone="America/New_York", include_microseconds=True),
    ("GetCurrentTime", {}, Waits("The required input trigger has no value.")),
    (
        "GetCurrentTime",
        {"trigger": 1, "format_type": {**OWN, "timezone": "Mars"}},
        Fails("The time zone Mars is not known."),
    ),
)
@pytest.mark.usefixtures("at_half_past_eleven")
async def test_clocks(name: str, inputs: dict[str, Any], outcome: Outcome) -> None:
    await check(name, inputs, outcome, make_context(timezone="Asia/Tokyo"))


ITEMS = "https://api.example.org/items"
JSON = {"content-type": "application/json"}


def answered(said: Any, *outputs: tuple[str, Any], **inputs: Any) -> tuple[dict[str, Any], Any, Emits]:
    return {"url": ITEMS, **inputs}, said, Emits(outputs)


@pytest.mark.parametrize(
    ("inputs", "said", "outcome"),
    [
        answered({"a": 1}, ("response", {"a": 1})),
        answered([1], ("response", [1])),
        answered((200, "0", JSON), ("response", 0)),
        answered("text", ("response", "text")),
        answered((204, b""), ("response", None)),
        answered((399, "moved"), ("server_error", "moved")),
        answered((400, {"why": "no"}), ("client_error", {"why": "no"})),
        answered((499, "odd"), ("client_error", "odd")),
        answered((500, "oops"), ("server_error", "oops")),
        answered((599, {"a": None}), ("server_error", {"a": None})),
        answered({"a": 1}, ("response", {"a": 1}), body='{"b": [1]}', headers={"X": 1}),
        answered({"a": 1}, ("response", {"a": 1}), body={}, json_format=False),
    ],
)
async def test_answer_comes_out_by_its_status(inputs: dict[str, Any], said: Any, outcome: Emits) -> None:
    web = CannedWeb({f"POST {ITEMS}": said})

    await check("SendWebRequest", inputs, outcome, make_context(web=web))
    assert len(web.asked) == 1


def item(title: str, link: str = "", guid: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{f'<guid>{guid}</guid>' if guid else ''}</item>"


def feed(*items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'


def entry(title: str, link: str = "") -> dict[str, Any]:
    rest = {"description": "", "pub_date": None, "author": "", "categories": []}
    return {"title": title, "link": link, **rest}


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], []),
        ([item("a", "https://x.org/a")], [entry("a", "https://x.org/a")]),
        ([item("a"), item("b")], [entry("a"), entry("b")]),
        ([item("a", "https://x.org/"), item("b", "https://x.org/")], [entry(t, "https://x.org/") for t in "ab"]),
        ([item("a", guid="1"), item("a", guid="2")], [entry("a"), entry("a")]),
        ([item("a", guid="1"), item("a2", guid="1")], [entry("a")]),
        ([item("a"), item("a")], [entry("a")]),
    ],
)
async def test_each_entry_of_a_feed_is_emitted_once_then_all(items: list[str], expected: list[Any]) -> None:
    web = CannedWeb({"GET https://x.org/feed": (200, feed(*items))})
    inputs = {"rss_url": "https://x.org/feed", "polling_rate": 60, "run_continuously": False}

    outcome = emits(*(("entry", each) for each in expected), ("entries", expected))
    await check("ReadRSSFeed", inputs, outcome, make_context(web=web))
