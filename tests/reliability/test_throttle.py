"""The same failure is told once within a window, whoever meets it, and the next time with how often it was not."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import OperationalError

from reliability.throttle import slots
from reliability.throttle.models import Occurrence
from reliability.throttle.signatures import MESSAGE_CHARACTERS, normalised, signature
from reliability.throttle.slots import KEPT, WINDOW, forget, throttled
from tests.executor.processes import database_url
from tests.house.processes import environment
from tests.house.racing import racer

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PROCESSES = 4


def meet(name: str = "a", *, now: datetime = NOW) -> int | None:
    """How many were suppressed before, if this one may be told."""
    with throttled(name, now=now) as slot:
        return None if slot is None else slot.suppressed


class Unsent(Exception):
    pass


def meet_in_vain(name: str = "a", *, now: datetime = NOW) -> None:
    with throttled(name, now=now) as slot:
        assert slot is not None
        raise Unsent


@pytest.mark.django_db
def test_the_first_is_told_and_the_same_again_is_not() -> None:
    assert meet() == 0
    assert meet(now=NOW + WINDOW - SECOND) is None


@pytest.mark.django_db
def test_another_one_is_told() -> None:
    assert [meet("a"), meet("b")] == [0, 0]


@pytest.mark.django_db
def test_after_the_window_it_is_told_again_with_how_often_it_was_not() -> None:
    meet()
    for _ in range(3):
        meet(now=NOW + SECOND)
    assert meet(now=NOW + WINDOW + SECOND) == 3
    assert meet(now=NOW + 2 * WINDOW + 2 * SECOND) == 0


@pytest.mark.django_db
def test_of_951_equal_failures_one_is_told() -> None:
    told = [meet(now=NOW + timedelta(milliseconds=number)) for number in range(951)]
    assert [suppressed for suppressed in told if suppressed is not None] == [0]
    assert Occurrence.objects.get().suppressed == 950


@pytest.mark.django_db
def test_what_could_not_be_sent_takes_no_slot() -> None:
    with pytest.raises(Unsent):
        meet_in_vain()
    assert meet(now=NOW + SECOND) == 1
    assert meet(now=NOW + 2 * SECOND) is None


@pytest.mark.django_db
def test_what_was_suppressed_before_is_not_forgotten_when_sending_fails() -> None:
    meet()
    meet()
    later = NOW + WINDOW + SECOND
    with pytest.raises(Unsent):
        meet_in_vain(now=later)
    assert meet(now=later + SECOND) == 2


@pytest.mark.django_db
def test_a_failure_to_send_gives_back_no_slot_of_another() -> None:
    first = slots.SharedKeeper().take("a", window=WINDOW, now=NOW)
    assert first is not None
    assert meet(now=NOW + WINDOW) == 0
    slots.SharedKeeper().give_back(first)
    assert meet(now=NOW + WINDOW + SECOND) is None


@pytest.mark.django_db
def test_what_did_not_happen_for_a_day_is_forgotten() -> None:
    meet("old", now=NOW - KEPT - SECOND)
    meet("new")
    assert forget(now=NOW) == 1
    assert Occurrence.objects.get().signature == "new"


@pytest.mark.django_db
def test_without_the_database_each_process_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(slots.SharedKeeper, "take", fail)
    name = uuid4().hex
    assert [meet(name), meet(name), meet(name, now=NOW + WINDOW + SECOND)] == [0, None, 0]
    with pytest.raises(Unsent):
        meet_in_vain(name, now=NOW + 3 * WINDOW)
    assert meet(name, now=NOW + 3 * WINDOW) == 0


@pytest.mark.django_db(transaction=True)
def test_of_ten_threads_in_four_processes_one_tells() -> None:
    env = environment(settings.HOME, DATABASE_URL=database_url())
    with ExitStack() as running:
        racers = [
            running.enter_context(racer("tests.reliability.throttle_racer", "same", env=env)) for _ in range(PROCESSES)
        ]
        assert {one.says() for one in racers} == {"ready"}
        for one in racers:
            one.go()
        told = [int(one.says()) for one in racers]
    assert sum(told) == 1
    assert Occurrence.objects.get().suppressed == PROCESSES * 10 - 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("node 17 failed after 3.5 s", "node 4 failed after 12 s"),
        (
            "execution 0190a000-0000-7000-8000-000000000001 is lost",
            "execution 7b6f9a52-64a1-4d0e-9c0b-6f4f9216545b is lost",
        ),
        ("GET https://example.org/a?b=1 failed", "GET http://127.0.0.1:8000/ failed"),
        ("ada@example.org is unknown", "grace.hopper+x@mail.example.com is unknown"),
        ("cannot reach 10.0.0.1:6379", "cannot reach 192.168.1.77"),
        ("object at 0x7fcb033ce840", "object at 0x55d0c0ffee00"),
        ("commit deadbeef01 is bad", "commit c0ffee1234567890 is bad"),
    ],
)
def test_ids_numbers_and_addresses_make_no_difference(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_where_in_what_and_why_make_a_difference() -> None:
    signatures = {
        signature("worker", "run", ValueError("bad")),
        signature("clock", "run", ValueError("bad")),
        signature("worker", "stop", ValueError("bad")),
        signature("worker", "run", TypeError("bad")),
        signature("worker", "run", ValueError("worse")),
    }
    assert len(signatures) == 5


def test_of_a_long_message_the_beginning_counts() -> None:
    long = "x" * 2 * MESSAGE_CHARACTERS
    assert signature("c", "f", ValueError(long)) == f"c:f:ValueError:{long[:MESSAGE_CHARACTERS]}"
    assert signature("c", "f", ValueError(long + "y")) == signature("c", "f", ValueError(long))
