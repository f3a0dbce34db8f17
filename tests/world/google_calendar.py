"""Google Calendar, as developers.google.com/calendar/api/v3/reference/events/list describes it."""

from dataclasses import dataclass, field
from typing import Any

from tests.world.server import Call, Said, World

EVENTS = "GET https://www.googleapis.com/calendar/v3/calendars/primary/events"


def event(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": f"event-{number}",
        "status": "confirmed",
        "htmlLink": f"https://calendar.google.com/event?eid={number}",
        "summary": f"Meeting {number}",
        "organizer": {"email": "grace@example.org"},
        "start": {"dateTime": f"2026-02-{number + 1:02}T09:30:00+01:00", "timeZone": "Europe/Oslo"},
        "end": {"dateTime": f"2026-02-{number + 1:02}T10:00:00+01:00", "timeZone": "Europe/Oslo"},
    } | more


@dataclass
class Calendar:
    """events: of the primary calendar, in order."""

    world: World
    events: list[dict[str, Any]] = field(default_factory=lambda: [event(0), event(1)])

    def open(self) -> None:
        self.world.says(EVENTS, self._list)

    def _list(self, call: Call) -> Said:
        start, size = int(call.params.get("pageToken", "0")), int(call.params.get("maxResults", "250"))
        more = {"nextPageToken": str(start + size)} if start + size < len(self.events) else {}
        return {"kind": "calendar#events", "items": self.events[start : start + size], **more}
