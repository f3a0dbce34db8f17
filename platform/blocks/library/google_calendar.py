"""Reading the events of a Google Calendar (API version 3)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from blocks.base import Block, Category, Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.credentials import CredentialReference, CredentialsPin, CredentialType
from blocks.errors import BlockError
from blocks.prices import Price
from blocks.service import Service, text_in

MAX_EVENTS = 250
MAX_DAYS = 3_660
NO_TITLE = "(No title)"

CALENDAR = Service("Google Calendar", "https://www.googleapis.com/calendar/v3")


class GoogleCalendarReadEventsBlock(Block):
    """Lists events in the order in which they start; of repeated ones each time."""

    id = "80bc3ed1-e9a4-449e-8163-a8fc86f74f6a"
    description = "Gives the coming events of a Google Calendar, each by itself and all together."
    categories = frozenset({Category.PRODUCTIVITY, Category.DATA})
    effect = Effect.IDEMPOTENT
    prices = (Price(1),)
    examples = (
        Example(
            input={"start_time": "2026-02-03T00:00:00Z", "time_range_days": 1},
            output=[
                (
                    "event",
                    lambda event: event["start_time"] == "2026-02-03 09:30" and event["attendees"] == ["b@x.org"],
                ),
                ("events", list),
            ],
            web={
                "GET https://www.googleapis.com/calendar/v3/calendars/primary/events": {
                    "items": [
                        {
                            "id": "event-1",
                            "summary": "Plans",
                            "start": {"dateTime": "2026-02-03T09:30:00+01:00"},
                            "end": {"dateTime": "2026-02-03T10:00:00+01:00"},
                            "attendees": [{"email": "b@x.org", "responseStatus": "accepted"}],
                            "htmlLink": "https://calendar.google.com/event?eid=1",
                        }
                    ]
                }
            },
        ),
    )

    class Input(Pins):
        credentials: CredentialReference = CredentialsPin(
            "google",
            types=(CredentialType.OAUTH2,),
            scopes=("https://www.googleapis.com/auth/calendar.readonly",),
            description="A Google account.",
        )
        calendar_id: str = Pin(default="primary", description="The calendar's id; primary for one's own.")
        max_events: int = Pin(default=10, ge=1, le=MAX_EVENTS, description="How many events at most.")
        start_time: datetime | None = Pin(
            default=None,
            description="From when on; without an offset in the user's time zone. Now, unless given.",
        )
        time_range_days: int = Pin(default=30, ge=1, le=MAX_DAYS, description="How many days from then on.")
        search_term: str | None = Pin(default=None, description="Only events that contain this.")
        page_token: str | None = Pin(default=None, description="Of an earlier answer, to go on after it.")
        include_declined_events: bool = Pin(default=False, description="Whether declined events are listed too.")

    class Output(Pins):
        event: dict[str, Any] = Pin(
            description="An event: id, title, start_time, end_time, is_all_day, location, description, organizer, "
            "attendees, has_video_call, video_link, calendar_link, is_recurring."
        )
        events: list[dict[str, Any]] = Pin(description="All of them.")
        next_page_token: str = Pin(description="If there are more: by it they are given.")
        error: str = Pin(description="Why there are no events.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path = f"/calendars/{quote(input.calendar_id, safe='')}/events"
        params = query_of(input, now=datetime.now(UTC), timezone=context.timezone)
        answer = await CALENDAR.ask(context, "GET", path, params=params)
        events = [event_of(entry) for entry in answer.get("items") or [] if is_wanted(entry, input)]
        for event in events:
            yield "event", event
        yield "events", events
        if token := text_in(answer, "nextPageToken"):
            yield "next_page_token", token


def query_of(input: GoogleCalendarReadEventsBlock.Input, *, now: datetime, timezone: str) -> dict[str, Any]:
    """What Google is asked for. Raises BlockError for a time beyond all calendars."""
    start = input.start_time or now
    if start.tzinfo is None:
        start = start.replace(tzinfo=ZoneInfo(timezone))
    return {
        "timeMin": start.isoformat(),
        "timeMax": _end(start, input.time_range_days).isoformat(),
        "maxResults": input.max_events,
        "singleEvents": "true",
        "orderBy": "startTime",
        "q": input.search_term or None,
        "pageToken": input.page_token or None,
    }


def _end(start: datetime, days: int) -> datetime:
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise BlockError(f"start_time is {start:%Y-%m-%d}; {days} days later there is no calendar any more.") from None


def is_wanted(entry: Any, input: GoogleCalendarReadEventsBlock.Input) -> bool:
    """Whether it is an event, and not one that the calendar's owner has declined, unless these are wanted too."""
    if not isinstance(entry, dict):
        return False
    return input.include_declined_events or not any(
        guest.get("self") and guest.get("responseStatus") == "declined" for guest in _guests(entry)
    )


def event_of(entry: dict[str, Any]) -> dict[str, Any]:
    """An event as the block gives it; what is not known is None."""
    link = _video_link(entry)
    return {
        "id": text_in(entry, "id"),
        "title": text_in(entry, "summary") or NO_TITLE,
        "start_time": _moment(entry, "start"),
        "end_time": _moment(entry, "end"),
        "is_all_day": bool(text_in(entry, "start", "date")),
        "location": text_in(entry, "location") or None,
        "description": text_in(entry, "description") or None,
        "organizer": text_in(entry, "organizer", "email") or None,
        "attendees": [email for guest in _guests(entry) if (email := text_in(guest, "email"))],
        "has_video_call": bool(link),
        "video_link": link or None,
        "calendar_link": text_in(entry, "htmlLink"),
        "is_recurring": bool(entry.get("recurringEventId") or entry.get("recurrence")),
    }


def _moment(entry: dict[str, Any], edge: str) -> str:
    """A date for whole days, else `2026-02-03 09:30`, by the clocks of the calendar."""
    text = text_in(entry, edge, "dateTime")
    return text[:16].replace("T", " ") if text else text_in(entry, edge, "date")


def _guests(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return [guest for guest in entry.get("attendees") or [] if isinstance(guest, dict)]


def _video_link(entry: dict[str, Any]) -> str:
    conference = entry.get("conferenceData")
    doors = conference.get("entryPoints") if isinstance(conference, dict) else None
    links = [text_in(door, "uri") for door in doors or [] if text_in(door, "entryPointType") == "video"]
    return text_in(entry, "hangoutLink") or next(iter(links), "")
