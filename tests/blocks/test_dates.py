from datetime import UTC, datetime
from typing import Any

import pytest

from blocks.errors import BlockError
from blocks.library.dates import (
    GetCurrentDateAndTimeBlock,
    GetCurrentDateBlock,
    GetCurrentTimeBlock,
    days_before,
)
from blocks.moments import DateTimeStrftime, Iso8601, Strftime, in_zone, write_date, write_date_time, write_time
from blocks.readiness import Waiting, gather
from tests.blocks.fakes import make_context
from tests.blocks.running import outputs

NOW = datetime(2026, 7, 31, 22, 30, 5, 120, tzinfo=UTC)


def test_moment_is_written_in_iso_8601() -> None:
    berlin = in_zone(NOW, Iso8601(discriminator="iso8601", timezone="Europe/Berlin"), "UTC")
    whole, exact = (Iso8601(discriminator="iso8601", include_microseconds=wanted) for wanted in (False, True))

    assert write_time(berlin, whole) == "T00:30:05+02:00"
    assert write_time(berlin, exact) == "T00:30:05.000120+02:00"
    assert write_date(berlin, whole) == "2026-08-01"
    assert write_date_time(berlin, whole) == "2026-08-01T00:30:05+02:00"
    assert write_date_time(NOW, exact) == "2026-07-31T22:30:05.000120+00:00"


def test_moment_is_written_in_a_format_of_ones_own() -> None:
    own = Strftime(format="%d.%m.%y %H Uhr")

    assert write_date_time(NOW, own) == "31.07.26 22 Uhr"
    assert write_date(NOW, own) == write_time(NOW, own) == write_date_time(NOW, own)
    assert write_date_time(NOW, DateTimeStrftime()) == "2026-07-31 22:30:05"


def test_users_time_zone_goes_before_the_chosen_one() -> None:
    chosen = Strftime(format="%H:%M", timezone="Europe/Berlin", use_user_timezone=True)

    assert write_time(in_zone(NOW, chosen, "Asia/Tokyo"), chosen) == "07:30"


@pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "", "Europe", "a\0b", "x" * 5_000])
def test_unknown_time_zone_fails(name: str) -> None:
    with pytest.raises(BlockError, match="time zone"):
        in_zone(NOW, Strftime(format="%H", timezone=name), "UTC")


@pytest.mark.parametrize(("offset", "day"), [(0, "31"), (1, "30"), ("2", "29"), (-1, "01"), ("soon", "31"), ("", "31")])
def test_days_are_subtracted_and_what_is_no_number_counts_as_none(offset: int | str, day: str) -> None:
    assert days_before(NOW, offset).strftime("%d") == day


@pytest.mark.parametrize("offset", [10**6, -(10**7), 10**30, "9" * 40])
def test_offset_outside_the_calendar_fails(offset: int | str) -> None:
    with pytest.raises(BlockError, match="offset"):
        days_before(NOW, offset)


async def test_each_block_has_its_own_default_format() -> None:
    for block, length in ((GetCurrentTimeBlock(), 8), (GetCurrentDateBlock(), 10), (GetCurrentDateAndTimeBlock(), 19)):
        [(_, text)] = await outputs(block, {"trigger": "go", "format_type": {"discriminator": "strftime"}})
        assert len(text) == length


async def test_block_uses_the_time_zone_of_the_context() -> None:
    chosen = {"discriminator": "iso8601", "timezone": "UTC", "use_user_timezone": True, "include_microseconds": False}
    context = make_context(timezone="Pacific/Kiritimati")

    for block in (GetCurrentTimeBlock(), GetCurrentDateAndTimeBlock()):
        [(_, text)] = await outputs(block, {"trigger": "go", "format_type": chosen}, context)
        assert text.endswith("+14:00")


@pytest.mark.parametrize(
    "format_type", [{"discriminator": "roman"}, {"discriminator": "strftime", "format": "%H" * 101}]
)
def test_unknown_or_overlong_format_is_not_accepted(format_type: dict[str, Any]) -> None:
    inputs = {"trigger": "go", "format_type": format_type}

    assert isinstance(gather(GetCurrentTimeBlock(), defaults=inputs, linked=frozenset(), received={}), Waiting)


def test_format_with_a_null_fails() -> None:
    with pytest.raises(BlockError, match="format_type"):
        write_time(NOW, Strftime(format="%H\0%M"))
