from datetime import UTC, datetime
from typing import Any

import pytest

from blocks.credentials import CredentialType
from blocks.errors import BlockError
from blocks.library.google_calendar import NO_TITLE, GoogleCalendarReadEventsBlock, event_of, query_of
from blocks.readiness import Ready, gather
from tests.blocks.running import CANARY, make_credential, references
from tests.blocks.services import ask
from tests.world.google_calendar import EVENTS, Calendar, event
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

BLOCK = GoogleCalendarReadEventsBlock()
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def read(**wishes: Any) -> GoogleCalendarReadEventsBlock.Input:
    gathered = gather(BLOCK, defaults=references(BLOCK) | wishes, linked=frozenset(), received={})
    assert isinstance(gathered, Ready), gathered
    assert isinstance(gathered.parsed, GoogleCalendarReadEventsBlock.Input)
    return gathered.parsed


async def test_events_are_given_each_and_together(world: World) -> None:
    Calendar(world).open()

    emitted = await ask(BLOCK, {}, world)

    assert [name for name, _ in emitted] == ["event", "event", "events"]
    assert emitted[2][1] == [emitted[0][1], emitted[1][1]]
    assert emitted[0][1] == {
        "id": "event-0",
        "title": "Meeting 0",
        "start_time": "2026-02-01 09:30",
        "end_time": "2026-02-01 10:00",
        "is_all_day": False,
        "location": None,
        "description": None,
        "organizer": "grace@example.org",
        "attendees": [],
        "has_video_call": False,
        "video_link": None,
        "calendar_link": "https://calendar.google.com/event?eid=0",
        "is_recurring": False,
    }


async def test_account_is_shown_by_its_token(world: World) -> None:
    Calendar(world).open()
    credentials = {"credentials": make_credential("google", CredentialType.OAUTH2)}

    await ask(BLOCK, {}, world, credentials=credentials)

    assert world.calls[0].headers["authorization"] == f"Bearer {CANARY}"


async def test_there_may_be_no_events(world: World) -> None:
    Calendar(world, events=[]).open()

    assert await ask(BLOCK, {}, world) == [("events", [])]


async def test_further_events_are_given_by_the_token(world: World) -> None:
    Calendar(world, events=[event(number) for number in range(3)]).open()

    emitted = await ask(BLOCK, {"max_events": 2}, world)
    assert emitted[-1] == ("next_page_token", "2")

    emitted = await ask(BLOCK, {"max_events": 2, "page_token": "2"}, world)
    assert [name for name, _ in emitted] == ["event", "events"]
    assert emitted[0][1]["title"] == "Meeting 2"


@pytest.mark.parametrize(("wanted", "titles"), [(False, ["Meeting 1"]), (True, ["Meeting 0", "Meeting 1"])])
async def test_declined_events_are_left_out_unless_wanted(world: World, wanted: bool, titles: list[str]) -> None:
    mine = {"email": "ada@example.org", "self": True, "responseStatus": "declined"}
    theirs = {"email": "bob@example.org", "responseStatus": "declined"}
    Calendar(world, events=[event(0, attendees=[mine]), event(1, attendees=[theirs])]).open()

    emitted = await ask(BLOCK, {"include_declined_events": wanted}, world)

    assert [found["title"] for found in emitted[-1][1]] == titles


def test_google_is_asked_from_now_on_for_some_days() -> None:
    assert query_of(read(), now=NOW, timezone="UTC") == {
        "timeMin": "2026-02-01T12:00:00+00:00",
        "timeMax": "2026-03-03T12:00:00+00:00",
        "maxResults": 10,
        "singleEvents": "true",
        "orderBy": "startTime",
        "q": None,
        "pageToken": None,
    }


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        ("2026-07-01T08:00:00Z", "2026-07-01T08:00:00+00:00"),
        ("2026-07-01T08:00:00", "2026-07-01T08:00:00+02:00"),
        ("2026-01-01", "2026-01-01T00:00:00+01:00"),
    ],
)
def test_a_start_without_an_offset_is_by_the_clock_of_the_user(start: str, asked: str) -> None:
    assert query_of(read(start_time=start), now=NOW, timezone="Europe/Oslo")["timeMin"] == asked


def test_the_end_of_time_is_no_start() -> None:
    with pytest.raises(BlockError, match="start_time is 9999-12-31"):
        query_of(read(start_time="9999-12-31T00:00:00Z"), now=NOW, timezone="UTC")


@pytest.mark.parametrize(
    ("entry", "name", "value"),
    [
        ({"start": {"date": "2026-02-03"}}, "start_time", "2026-02-03"),
        ({"start": {"date": "2026-02-03"}}, "is_all_day", True),
        ({}, "title", NO_TITLE),
        ({}, "start_time", ""),
        ({"hangoutLink": "https://meet.example/a"}, "video_link", "https://meet.example/a"),
        ({"hangoutLink": "https://meet.example/a"}, "has_video_call", True),
        (
            {
                "conferenceData": {
                    "entryPoints": [
                        {"entryPointType": "phone", "uri": "tel:1"},
                        {"entryPointType": "video", "uri": "https://zoom.example/b"},
                    ]
                }
            },
            "video_link",
            "https://zoom.example/b",
        ),
        ({"attendees": [{"email": "a@x.org"}, {"displayName": "Room"}]}, "attendees", ["a@x.org"]),
        ({"recurringEventId": "series"}, "is_recurring", True),
        ({"attendees": None, "conferenceData": None, "organizer": None}, "organizer", None),
    ],
)
def test_an_event_is_read(entry: dict[str, Any], name: str, value: Any) -> None:
    assert event_of(entry)[name] == value


async def test_the_id_of_a_calendar_is_no_path(world: World) -> None:
    world.says("GET https://www.googleapis.com/calendar/v3/calendars/*/events", {"items": []})

    await ask(BLOCK, {"calendar_id": "team@group.calendar.google.com?x=1#y"}, world)

    assert world.calls[0].address.endswith("/calendars/team@group.calendar.google.com?x=1#y/events")


@each_trouble
async def test_trouble_is_told(trouble: Trouble, world: World) -> None:
    await assert_told(trouble, world, EVENTS, BLOCK, {})
