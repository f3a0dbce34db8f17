"""Week days as Unix counts them, both clock changes, and what is no cron expression."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from executor.schedules.cron import read_cron
from executor.schedules.errors import ScheduleInvalid

MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def days_of(field: str) -> set[str]:
    """The week days on which it is due."""
    times = islice(read_cron(f"0 12 * * {field}", "UTC").after(MONDAY), 7)
    return {DAYS[due.weekday()] for due in times}


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", {"Sun"}),
        ("7", {"Sun"}),
        ("sun", {"Sun"}),
        ("0-7", set(DAYS)),
        ("*/2", {"Sun", "Tue", "Thu", "Sat"}),
        ("5-2/2", {"Fri", "Sun", "Tue"}),
        ("6-2", {"Sat", "Sun", "Mon", "Tue"}),
        ("FRI-MON", {"Fri", "Sat", "Sun", "Mon"}),
        ("7-2", {"Sun", "Mon", "Tue"}),
        ("1-5/2", {"Mon", "Wed", "Fri"}),
        ("1,6-0", {"Mon", "Sat", "Sun"}),
    ],
)
def test_week_days_are_those_of_unix(field: str, days: set[str]) -> None:
    assert days_of(field) == days


def berlin(cron: str, after: datetime, count: int) -> list[str]:
    return [f"{due:%d %H:%M}" for due in islice(read_cron(cron, "Europe/Berlin").after(after), count)]


def test_what_falls_into_the_missing_hour_starts_once_right_after_it() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)  # clocks go from 2:00 to 3:00 on the 29th, 1:00 UTC
    assert berlin("30 2 * * *", before, 2) == ["29 01:00", "30 00:30"]


def test_what_falls_into_the_doubled_hour_starts_once() -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)  # clocks go from 3:00 back to 2:00 on the 25th, 1:00 UTC
    assert berlin("30 2 * * *", before, 2) == ["25 00:30", "26 01:30"]


def test_after_the_first_pass_of_the_doubled_hour_it_is_not_due_again() -> None:
    second_pass = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 2:10 for the second time
    assert berlin("30 2 * * *", second_pass, 1) == ["26 01:30"]


def test_what_repeats_within_the_hour_goes_on_through_the_doubled_hour() -> None:
    before = datetime(2026, 10, 24, 23, 59, tzinfo=UTC)
    assert berlin("*/30 * * * *", before, 5) == ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "25 02:00"]


def test_names_of_usual_times_are_known() -> None:
    assert read_cron("@daily", "UTC").next_after(MONDAY) == datetime(2026, 6, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "timezone", "field", "message"),
    [
        ("* * * *", "UTC", "cron", "has 5 fields"),
        ("0 * * * * *", "UTC", "cron", "has 6"),
        ("61 * * * *", "UTC", "cron", "Bad minute"),
        ("* * * * 8", "UTC", "cron", "Bad day-of-week"),
        ("* * * * 8-9", "UTC", "cron", "Bad day-of-week"),
        ("* * * * 5-2/0", "UTC", "cron", "Bad day-of-week"),
        ("0 0 30 2 *", "UTC", "cron", "Bad day-of-month"),
        ("@never", "UTC", "cron", "has 5 fields"),
        ("0 0 * * *", "Mars/Base", "timezone", "is no time zone"),
        ("0 0 * * *", "../etc/passwd", "timezone", "is no time zone"),
    ],
)
def test_what_is_no_schedule_is_refused_by_field(cron: str, timezone: str, field: str, message: str) -> None:
    with pytest.raises(ScheduleInvalid, match=message) as refusal:
        read_cron(cron, timezone)
    assert list(refusal.value.data["fields"]) == [field]
