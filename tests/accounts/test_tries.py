"""How often something may be tried: exactly so often, whoever asks at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts.errors import TooManyTries
from accounts.models import Try
from accounts.tries import TRIES, WITHIN, give_back, take, take_each

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
AT_ONCE = 40


@pytest.mark.django_db
def test_there_are_so_many_tries_within_the_time() -> None:
    assert all(take("ada", now=NOW + timedelta(seconds=number)) for number in range(TRIES))
    assert take("ada", now=NOW + WITHIN - timedelta(seconds=1)) is None
    assert take("grace", now=NOW) is not None
    assert take("ada", now=NOW + WITHIN) is not None
    assert take("ada", now=NOW + WITHIN) is None


@pytest.mark.django_db
def test_what_is_given_back_may_be_tried_again() -> None:
    taken = [slot for _ in range(TRIES) if (slot := take("ada", now=NOW))]
    give_back(taken[2:3])
    assert take("ada", now=NOW) is not None
    assert take("ada", now=NOW) is None


@pytest.mark.django_db
def test_a_refusal_counts_for_nobody_and_says_when_to_come_again() -> None:
    for number in range(TRIES):
        take("address", now=NOW + timedelta(minutes=number))
    with pytest.raises(TooManyTries) as refused:
        take_each("ada", "address", now=NOW + timedelta(minutes=5))
    assert refused.value.data == {"retry_after": 600}
    assert all(take("ada", now=NOW) for _ in range(TRIES))


@pytest.mark.django_db
def test_old_tries_are_forgotten() -> None:
    take_each("ada", now=NOW)
    take_each("grace", now=NOW + 2 * WITHIN + timedelta(seconds=1))
    assert Try.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_so_many_pass() -> None:
    passed, ready = [], threading.Barrier(AT_ONCE)

    def guess() -> None:
        ready.wait(30)
        if take("ada", now=NOW) is not None:
            passed.append(1)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(passed) == TRIES
