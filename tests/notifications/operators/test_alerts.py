"""What operators are told: once for the same, whatever becomes of the first try, and never to the harm of who tells."""

import logging
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as conf
from django.db import DatabaseError, connection, transaction

from notifications.operators.alerting import alert
from notifications.operators.backoff import PAUSES
from notifications.operators.claiming import claim_due
from notifications.operators.models import AlertAttempt, AlertChannel, OperatorAlert
from notifications.operators.outcomes import Outcome
from notifications.operators.recording import record
from notifications.operators.sending import send_due
from reliability.throttle.models import Occurrence
from reliability.throttle.slots import WINDOW
from tests.executor.processes import database_url
from tests.house.processes import environment
from tests.house.racing import racer
from tests.notifications.operators.mail_sink import MailSink
from tests.notifications.operators.telling import come_due, states, targets, tell, texts
from tests.notifications.sink import Answer, Sink, opened_sink

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
PROCESSES = 4


def test_it_is_sent_with_what_since_when_how_many_and_the_page(sink: Sink) -> None:
    alert(
        AlertChannel.PLATFORM,
        signature="a",
        title="It burns",
        text="The cellar.",
        link="https://example.org/1",
        now=NOW,
    )
    assert send_due() == {"sent": 1}
    assert texts(sink) == ["**It burns**\nThe cellar.\nSince 2026-11-28 12:00 UTC, once.\n<https://example.org/1>"]
    assert send_due() == {}
    assert states() == ["SENT"]


def test_of_950_equal_failures_one_is_sent_and_the_next_says_how_many(sink: Sink) -> None:
    for number in range(950):
        tell(now=NOW + timedelta(milliseconds=number))
    send_due()
    assert len(texts(sink)) == 1
    tell(now=NOW + WINDOW + SECOND)
    send_due()
    assert "Since 2026-11-28 12:00 UTC, 950 in all" in texts(sink)[1]


def test_ten_different_ones_are_ten(sink: Sink) -> None:
    for number in range(10):
        tell(f"kind-{number}")
    assert send_due() == {"sent": 10}
    assert len(set(texts(sink))) == 10


def test_four_processes_that_meet_the_same_tell_it_once(sink: Sink) -> None:
    race("a", times=25)
    send_due()
    assert len(texts(sink)) == 1
    assert Occurrence.objects.get().suppressed == PROCESSES * 25 - 1


def race(signature: str, *, times: int) -> None:
    env = environment(conf.HOME, DATABASE_URL=database_url())
    with ExitStack() as running:
        racers = [
            running.enter_context(racer("tests.notifications.operators.alert_racer", signature, str(times), env=env))
            for _ in range(PROCESSES)
        ]
        assert {one.says() for one in racers} == {"ready"}
        for one in racers:
            one.go()
        assert [one.process.wait(60) for one in racers] == [0] * PROCESSES


def test_while_nothing_can_be_sent_the_same_gathers_in_one_that_goes_out_later(sink: Sink) -> None:
    sink.answer = Answer(503)
    for number in range(3):
        tell(now=NOW + number * (WINDOW + SECOND))
        come_due()
        assert send_due() == {"failed": 1}
    assert states() == ["WAITING"]

    sink.answer = Answer()
    come_due()
    assert send_due() == {"sent": 1}
    assert "3 in all" in texts(sink)[-1]
    tell(now=NOW + 3 * (WINDOW + SECOND))
    assert send_due() == {"sent": 1}


def test_one_that_was_refused_for_good_takes_no_slot(sink: Sink) -> None:
    sink.answer = Answer(404)
    tell(now=NOW)
    tell(now=NOW + SECOND)
    send_due()
    assert states() == ["GIVEN_UP"]

    sink.answer = Answer()
    tell(now=NOW + 2 * SECOND)
    assert send_due() == {"sent": 1}
    assert "3 in all" in texts(sink)[-1]


def test_it_is_given_up_after_its_last_try(sink: Sink) -> None:
    sink.answer = Answer(500)
    tell(now=NOW)
    for _ in range(len(PAUSES) + 2):
        come_due()
        send_due()
    assert states() == ["GIVEN_UP"]
    assert AlertAttempt.objects.count() == len(sink.received) == len(PAUSES) + 1


def test_a_pause_that_is_asked_for_is_kept(sink: Sink) -> None:
    sink.answer = Answer(429, {"retry-after": "600"})
    tell(now=NOW)
    send_due(now=NOW)
    assert OperatorAlert.objects.get().next_at == NOW + 10 * MINUTE
    assert send_due(now=NOW + 9 * MINUTE) == {}
    assert send_due(now=NOW + 10 * MINUTE) == {"failed": 1}


def test_each_target_gets_it_once_although_another_fails(sink: Sink, mail_sink: MailSink, settings: Any) -> None:
    settings.ALERT_PLATFORM_TARGETS = targets(f"discord={sink.url}", "email=ops@example.org")
    mail_sink.refusal = "451 Later"
    tell()
    assert send_due() == {"failed": 1}
    mail_sink.refusal = ""
    come_due()
    assert send_due() == {"sent": 1}
    assert (len(sink.received), len(mail_sink.received)) == (1, 1)


def test_channels_have_targets_of_their_own(sink: Sink, settings: Any) -> None:
    with opened_sink() as other:
        settings.ALERT_PRODUCT_TARGETS = targets(f"discord={other.url}")
        tell("a", channel=AlertChannel.PRODUCT)
        send_due()
        assert (len(sink.received), len(other.received)) == (0, 1)


def test_without_targets_it_is_kept_to_be_seen(settings: Any) -> None:
    settings.ALERT_PLATFORM_TARGETS = ()
    tell()
    assert send_due() == {}
    assert states() == ["KEPT"]


def test_who_meets_a_failure_does_not_meet_another_one(caplog: pytest.LogCaptureFixture) -> None:
    def refuse(execute: Any, sql: str, *arguments: Any) -> Any:
        if "operators_operatoralert" in sql:
            raise DatabaseError("away")
        return execute(sql, *arguments)

    with connection.execute_wrapper(refuse):
        tell(now=NOW)
    assert [getattr(record, "action", "") for record in caplog.records if record.levelno == logging.ERROR] == [
        "alert_failed"
    ]
    assert not OperatorAlert.objects.exists()
    tell(now=NOW + SECOND)
    assert OperatorAlert.objects.get().count == 2


def test_within_a_transaction_it_waits_for_the_commit() -> None:
    with transaction.atomic():
        tell()
        assert not OperatorAlert.objects.exists()
    assert OperatorAlert.objects.count() == 1


def test_what_databases_refuse_is_left_out() -> None:
    alert(AlertChannel.PLATFORM, signature="a", title="T\x00\n" * 500, text="\x00\ud800" + "x" * 9000)
    stored = OperatorAlert.objects.get()
    assert (len(stored.title), len(stored.text)) == (200, 4000)


def test_several_clocks_send_it_once(sink: Sink) -> None:
    tell()
    together = threading.Barrier(4)

    def clock() -> None:
        together.wait(30)
        send_due()
        connection.close()

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join(60)
    assert len(sink.received) == 1
    assert states() == ["SENT"]


def test_a_claim_that_was_lost_is_taken_up_and_its_former_holder_writes_nothing(sink: Sink) -> None:
    tell(now=NOW)
    OperatorAlert.objects.update(admitted_at=NOW)
    (lost,) = claim_due(1, now=NOW)
    assert send_due(now=NOW + SECOND) == {}
    assert send_due(now=NOW + 10 * MINUTE) == {"sent": 1}
    late = Outcome(mark="m", target="t", started_at=NOW, milliseconds=1, error="No", is_final=True)
    assert not record(lost, [late])
    assert states() == ["SENT"]


def test_no_secret_is_kept_or_logged(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with opened_sink() as chat:
        settings.ALERT_PLATFORM_TARGETS = targets(
            f"discord={chat.url}/canary", "slack=http://user:canary@127.0.0.1:1/canary"
        )
        chat.answer = Answer(500, body=b"canary")
        tell()
        assert send_due() == {"failed": 1}
        assert chat.received[0].path == "/hook/canary"
    rows = [*OperatorAlert.objects.values(), *AlertAttempt.objects.values()]
    assert len(rows) == 3
    assert "canary" not in f"{rows} {caplog.text} {settings.ALERT_PLATFORM_TARGETS}"
