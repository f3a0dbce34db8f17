"""What users are told of themselves, from what causes it to the mail that arrives."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.core import mail
from django.db import connection, transaction
from django.db.models import F
from django.test import Client

from accounts.models import NotificationWishes, User
from accounts.wishes import NotificationChannel, NotificationType, set_wishes, wanted, wanted_on, wishes_of
from credits.errors import InsufficientBalance
from credits.ledger import charge, grant
from credits.models import Account
from executor.deleting.models import Deletion
from executor.launching.launch import launch
from executor.models import GraphExecution
from executor.schedules.models import Schedule
from executor.schedules.pausing import BY_HAND, pause
from executor.statuses import Status
from notifications.deliveries.delivering import deliver_due
from notifications.messages.bounces import note_bounce
from notifications.messages.chats import set_webhook
from notifications.messages.data import ZeroBalanceData
from notifications.messages.digests import gather_due
from notifications.messages.listing import listed as list_of
from notifications.messages.testing import send_test_to
from notifications.messages.writing import write_notice
from notifications.models import Attempt, Delivery, DeliveryStatus, Notice
from notifications.spreading import spread
from reliability.ids import uuid7
from tests.executor.running import ran, started, store
from tests.notifications.sink import Sink
from tests.notifications.smtp import mail_sink
from tests.notifications.telling import come_due, echo

pytestmark = pytest.mark.django_db(transaction=True)


def run_dry(user: User, *, graph: str = "", amount: int = 5000, key: str = "k") -> None:
    account = Account.objects.get(user=user)
    with pytest.raises(InsufficientBalance):
        charge(account, amount=amount, key=key, reason="Too much", reference={"graph": graph})


def listed(user: User) -> list[str]:
    return list(Notice.objects.filter(user=user, is_listed=True).order_by("id").values_list("kind", flat=True))


def test_a_shortage_is_listed_and_mailed_at_once(grace: User) -> None:
    run_dry(grace)
    assert deliver_due() == {"taken": 1}

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["grace@example.org"], "Out of credits")
    assert "Missing: 4,000" in str(message.body)
    (html, kind) = message.alternatives[0]
    assert (kind, "4,000" in str(html)) == ("text/html", True)
    assert listed(grace) == ["ZERO_BALANCE"]
    assert message.extra_headers["Message-ID"].startswith(f"<{Delivery.objects.get().message_id}@")


def test_runs_are_listed_at_once_and_mailed_together_the_next_morning(grace: User) -> None:
    for number in range(3):
        ran(grace, echo(f"Why {number}?"))
    deliver_due()
    assert (listed(grace), mail.outbox) == (["AGENT_RUN"] * 3, [])

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert gather_due(now=datetime.now(UTC)) == 0
    assert gather_due(now=tomorrow) == 1
    deliver_due(now=tomorrow)
    (message,) = mail.outbox
    assert message.subject == "3 executions have finished"
    assert all(f"Why {number}?" in str(message.body) for number in range(3))
    assert gather_due(now=tomorrow + timedelta(days=1)) == 0


def test_what_is_refused_is_told_nowhere(grace: User) -> None:
    set_wishes(grace, preferences={"ZERO_BALANCE": False})
    run_dry(grace)
    assert deliver_due() == {}
    assert (Notice.objects.count(), mail.outbox) == (0, [])


def test_what_is_refused_by_mail_is_listed_all_the_same(grace: User) -> None:
    set_wishes(grace, channels={"EMAIL": {"ZERO_BALANCE": False}})
    run_dry(grace)
    deliver_due()
    assert (listed(grace), mail.outbox) == (["ZERO_BALANCE"], [])


def test_mails_beyond_the_limit_of_the_day_are_not_sent_and_said_to_be(grace: User) -> None:
    set_wishes(grace, daily_limit=1)
    for number in range(3):
        run_dry(grace, graph=str(uuid7()), key=str(number))
    deliver_due()

    assert len(mail.outbox) == 1
    held = Attempt.objects.filter(delivery__status=DeliveryStatus.GIVEN_UP)
    assert [attempt.error for attempt in held] == ["The user's limit of mails a day is reached."] * 2
    assert NotificationWishes.objects.get(user=grace).emails_sent == 1
    assert listed(grace) == ["ZERO_BALANCE"] * 3

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    grant(Account.objects.get(user=grace), amount=1, key="g", reason="More")
    run_dry(grace, key="again")
    deliver_due(now=tomorrow)
    assert len(mail.outbox) == 2, "a new day"


@pytest.mark.parametrize("trouble", ["unverified", "bounced"])
def test_an_address_that_is_not_known_to_be_good_gets_nothing_not_even_a_test(grace: User, trouble: str) -> None:
    if trouble == "unverified":
        EmailAddress.objects.create(user=grace, email=grace.email, verified=False)
    else:
        assert note_bounce({"RecordType": "Bounce", "Type": "HardBounce", "Email": "Grace@example.org"})
        assert not note_bounce({"RecordType": "Bounce", "Type": "SoftBounce", "Email": "grace@example.org"})
    run_dry(grace)
    send_test_to(grace, NotificationChannel.EMAIL)
    deliver_due()
    assert mail.outbox == []
    assert Delivery.objects.filter(status=DeliveryStatus.GIVEN_UP).count() == 2
    assert NotificationWishes.objects.filter(user=grace, emails_sent__gt=0).count() == 0

    User.objects.filter(pk=grace.pk).update(email="grace@new.example.org")
    send_test_to(User.objects.get(pk=grace.pk), NotificationChannel.EMAIL)
    deliver_due()
    assert [message.to for message in mail.outbox] == [["grace@new.example.org"]]


def test_one_click_ends_one_kind_by_one_way_and_looking_ends_nothing(grace: User, settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://sluice.example.org"
    run_dry(grace)
    deliver_due()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = headers["List-Unsubscribe"].strip("<>").removeprefix("https://sluice.example.org")
    client = Client(enforce_csrf_checks=True)
    assert client.get(link).status_code == 200
    assert wanted_by_mail(grace)["ZERO_BALANCE"] is True
    body = client.post(link, {"List-Unsubscribe": "One-Click"}).content.decode()
    assert "no more" in body
    assert [type for type, is_wanted in wanted_by_mail(grace).items() if not is_wanted] == ["ZERO_BALANCE"]
    assert wanted(wishes_of(grace))["ZERO_BALANCE"] is True
    assert client.post(link[:-3] + "xyz").status_code == 400
    assert client.post("/notifications/unsubscribe/x").status_code == 400


def test_chats_are_told_too_and_call_nobody(grace: User, sink: Sink) -> None:
    set_webhook(grace, NotificationChannel.DISCORD, sink.url)
    set_webhook(grace, NotificationChannel.SLACK, sink.url)
    low(grace, "@everyone <!channel>")
    assert deliver_due() == {"taken": 3}
    bodies = sorted((received.json for received in sink.received), key=lambda body: "text" in body)
    assert [set(body) & {"content", "text"} for body in bodies] == [{"content"}, {"text"}]
    assert bodies[0]["allowed_mentions"] == {"parse": []}
    assert "<!channel>" not in bodies[1]["text"]


def test_a_mail_that_was_not_taken_is_tried_again_and_counted_once(grace: User, settings: LazySettings) -> None:
    with mail_sink() as sink:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        sink.answer = b"451 later"
        run_dry(grace)
        assert deliver_due() == {"failed": 1}
        assert NotificationWishes.objects.get(user=grace).emails_sent == 0
        sink.answer = b"250 taken"
        come_due()
        assert deliver_due() == {"taken": 1}
        assert (len(sink.received), len(set(sink.ids))) == (2, 1)
        assert NotificationWishes.objects.get(user=grace).emails_sent == 1

        sink.to_recipients = b"550 no such user"
        low(grace)
        assert deliver_due() == {"failed": 1}
    given_up = Delivery.objects.get(status=DeliveryStatus.GIVEN_UP)
    assert given_up.attempts.get().status_code == 550
    assert NotificationWishes.objects.get(user=grace).emails_sent == 1


def test_errors_that_come_again_are_told_the_1st_2nd_4th_and_8th_time(grace: User) -> None:
    graph = store(grace, echo())
    for _ in range(9):
        ended(launch(grace, graph, inputs={}), Status.FAILED)
        spread()
    errors = Notice.objects.filter(kind="CONTINUOUS_AGENT_ERROR").order_by("id")
    assert [notice.data["attempts"] for notice in errors] == [1, 2, 4, 8]

    ended(launch(grace, graph, inputs={}), Status.COMPLETED)
    ended(launch(grace, graph, inputs={}), Status.FAILED)
    spread()
    assert errors.last().data["attempts"] == 1, "it had gone well meanwhile"


def test_a_stop_and_a_pause_by_somebody_else_are_told(grace: User) -> None:
    execution = started(grace, echo())
    ended(execution, Status.TERMINATED)
    schedule = Schedule.objects.create(
        user=grace, graph=execution.graph, version=execution.version, name="Daily", cron="0 8 * * *", timezone="UTC"
    )
    pause(schedule.id, reason=BY_HAND)
    Schedule.objects.update(is_paused=False)
    pause(schedule.id, reason="The graph cannot be read.")
    deliver_due()
    assert sorted(listed(grace)) == ["EXECUTION_STOPPED", "SCHEDULE_PAUSED"]


def test_what_tells_of_a_deleted_execution_is_neither_listed_nor_sent(grace: User) -> None:
    execution = ran(grace, echo())
    deliver_due()
    assert list_of(grace).count() == 1
    Deletion.objects.create(execution=execution, deleted_at=datetime.now(UTC))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    gather_due(now=tomorrow)
    deliver_due(now=tomorrow)
    assert (list_of(grace).count(), mail.outbox) == (0, [])


def test_several_processes_make_one_mail_of_what_was_gathered(grace: User) -> None:
    ran(grace, echo())
    spread()
    tomorrow, together = datetime.now(UTC) + timedelta(days=1), threading.Barrier(3)

    def work() -> int:
        try:
            together.wait(30)
            return gather_due(now=tomorrow)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        made = [future.result(60) for future in [pool.submit(work) for _ in range(3)]]
    assert (sum(made), Delivery.objects.count()) == (1, 1)


def test_what_is_rolled_back_is_not_told(grace: User) -> None:
    with transaction.atomic():
        run_dry(grace)
        assert Notice.objects.count() == 1
        transaction.set_rollback(True)
    assert Notice.objects.count() == 0


def wanted_by_mail(user: User) -> dict[str, bool]:
    return wanted_on(wishes_of(user), NotificationChannel.EMAIL)


def low(user: User, name: str = "") -> None:
    data = ZeroBalanceData(agent_name=name, current_balance=1, billing_page_link="/credits", shortfall=1)
    write_notice(NotificationType.ZERO_BALANCE, user.pk, data, key=str(uuid7()), happened_at=datetime.now(UTC))


def ended(execution: GraphExecution, status: Status) -> None:
    """As the verbs do it that end executions from outside."""
    GraphExecution.objects.filter(id=execution.id).update(status=status, seq=F("seq") + 1, ended_at=datetime.now(UTC))
