"""Alerts in the admin: seen with what became of them, and sent again."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from notifications.operators.models import OperatorAlert
from notifications.operators.sending import send_due
from tests.notifications.operators.telling import states, tell
from tests.notifications.sink import Answer, Sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.admin_urls")]

LIST = "admin:operators_operatoralert_changelist"


def client_with(*permissions: str) -> Client:
    user, _ = User.objects.get_or_create(email="staff@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def send_again(client: Client, alert: OperatorAlert, reason: str = "It is back") -> Any:
    chosen = {"action": "send_again", "_selected_action": [str(alert.pk)], "reason": reason}
    return client.post(reverse(LIST), chosen, follow=True)


def test_one_that_was_given_up_is_seen_and_sent_again(sink: Sink) -> None:
    sink.answer = Answer(404)
    tell()
    send_due()
    alert = OperatorAlert.objects.get()
    client = client_with("view_operatoralert", "change_operatoralert", "view_alertattempt")
    shown = client.get(reverse("admin:operators_operatoralert_change", args=[alert.pk])).text
    assert "has answered 404" in shown
    assert "/hook" not in shown

    sink.answer = Answer()
    assert "1 sent again" in send_again(client, alert).text
    send_due()
    assert states() == ["SENT"]
    assert len(sink.received) == 2


def test_it_takes_a_permission_and_a_reason(sink: Sink) -> None:
    tell()
    send_due()
    alert = OperatorAlert.objects.get()
    send_again(client_with("view_operatoralert"), alert)
    assert send_due() == {}
    send_again(client_with("view_operatoralert", "change_operatoralert"), alert, reason="")
    assert send_due() == {}


def test_nothing_is_added_changed_or_deleted_there(sink: Sink) -> None:
    tell()
    (alert,) = OperatorAlert.objects.all()
    client = client_with("view_operatoralert", "add_operatoralert", "change_operatoralert", "delete_operatoralert")
    assert client.get(reverse("admin:operators_operatoralert_add")).status_code == 403
    assert client.post(reverse("admin:operators_operatoralert_delete", args=[alert.pk])).status_code == 403
    assert client.post(reverse("admin:operators_operatoralert_change", args=[alert.pk]), {}).status_code == 403


def test_while_another_one_of_its_kind_waits_it_stays(sink: Sink) -> None:
    tell()
    send_due()
    sent = OperatorAlert.objects.get()
    OperatorAlert.objects.create(
        channel=sent.channel, signature=sent.signature, title="T", text="", since=sent.since, created_at=sent.since
    )
    client = client_with("view_operatoralert", "change_operatoralert")
    assert "0 sent again" in send_again(client, sent).text
