"""Notifications over the API: the list, what is read of it, and the ways by which they go."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import LazySettings
from rest_framework.test import APIClient

from accounts.models import NotificationWishes, User
from accounts.wishes import NotificationType
from notifications.messages.contacts import Contact
from notifications.messages.data import LowBalanceData
from notifications.messages.testing import TESTS_MAX
from notifications.messages.writing import write_notice
from notifications.models import Delivery, Notice
from notifications.spreading import spread
from tests.api.cast import Scene

NOTICES = "/api/v1/notifications"
SECRET = "https://discord.example.org/api/webhooks/1/tops3cret"


def told(user: User, count: int) -> None:
    for number in range(count):
        data = LowBalanceData(current_balance=number)
        write_notice(
            NotificationType.LOW_BALANCE, user.pk, data, key=f"{user.pk}:{number}", happened_at=datetime.now(UTC)
        )
    spread()


def test_the_list_is_ones_own_newest_first_and_page_by_page(scene: Scene) -> None:
    told(scene.ada, 3)
    body = scene.api.get(NOTICES, {"limit": 2}).json()
    assert [item["data"]["current_balance"] for item in body["items"]] == [2, 1]
    assert (body["unread"], body["items"][0]["title"]) == (3, "Few credits are left: 2")
    assert body["items"][0]["data"]["billing_page_link"] == "/credits"
    rest = scene.api.get(NOTICES, {"cursor": body["next_cursor"]}).json()
    assert [item["data"]["current_balance"] for item in rest["items"]] == [0]
    assert scene.stranger.get(NOTICES).json() == {"items": [], "next_cursor": None, "unread": 0}
    assert APIClient().get(NOTICES).status_code == 401


def test_what_is_read_is_marked_once_and_by_nobody_else(scene: Scene) -> None:
    told(scene.ada, 3)
    ids = list(Notice.objects.order_by("id").values_list("id", flat=True))
    read = f"{NOTICES}/read"
    assert scene.stranger.post(read, {"ids": ids}, format="json").json() == {"marked": 0, "unread": 0}
    assert scene.api.post(read, {"ids": ids[:1]}, format="json").json() == {"marked": 1, "unread": 2}
    assert scene.api.post(read, {"ids": ids[:1]}, format="json").json() == {"marked": 0, "unread": 2}
    assert len(scene.api.get(NOTICES, {"unread": "true"}).json()["items"]) == 2
    assert scene.api.post(read, {"all": True}, format="json").json() == {"marked": 2, "unread": 0}


@pytest.mark.parametrize("body", [{}, {"all": False}, {"ids": [1], "all": True}, {"ids": ["x"]}, {"ids": [0]}])
def test_what_is_to_be_marked_must_be_said(scene: Scene, body: Any) -> None:
    assert scene.api.post(f"{NOTICES}/read", body, format="json").status_code == 400


def test_a_chat_is_set_sealed_and_taken_away(scene: Scene) -> None:
    chat = f"{NOTICES}/channels/discord"
    answer = scene.api.put(chat, {"url": SECRET}, format="json")
    assert answer.json() == {"channel": "DISCORD", "is_set": True, "recipient": "discord.example.org"}
    assert "tops3cret" not in Contact.objects.get().sealed
    assert [way["is_set"] for way in scene.api.get(f"{NOTICES}/channels").json()] == [True, True, False]
    assert [way["is_set"] for way in scene.stranger.get(f"{NOTICES}/channels").json()] == [True, False, False]
    assert scene.api.delete(chat).json()["is_set"] is False
    assert not Contact.objects.exists()


@pytest.mark.parametrize("url", ["", "discord", "ftp://x.org/", "http://127.0.0.1/", "http://169.254.169.254/x"])
def test_a_chat_must_be_where_we_may_ask(scene: Scene, url: str) -> None:
    assert scene.api.put(f"{NOTICES}/channels/slack", {"url": url}, format="json").status_code == 400


def test_a_test_goes_by_the_ways_that_there_are(scene: Scene) -> None:
    assert scene.api.post(f"{NOTICES}/channels/email/test").status_code == 202
    assert Delivery.objects.get().recipient == "ada@example.org"
    assert scene.api.post(f"{NOTICES}/channels/slack/test").json()["code"] == "contact_missing"
    assert scene.api.post(f"{NOTICES}/channels/pigeon/test").json()["code"] == "channel_unknown"
    assert scene.api.put(f"{NOTICES}/channels/email", {"url": SECRET}, format="json").status_code == 404


def test_tests_are_few(scene: Scene, redis_url: str) -> None:
    test = f"{NOTICES}/channels/email/test"
    assert [scene.api.post(test).status_code for _ in range(TESTS_MAX)] == [202] * TESTS_MAX
    answer = scene.api.post(test)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 60
    assert scene.stranger.post(test).status_code == 202


def test_a_mail_service_is_known_by_its_token(scene: Scene, settings: LazySettings) -> None:
    report = {"RecordType": "Bounce", "Type": "HardBounce", "Email": "ada@example.org"}

    def say(token: str, **changes: Any) -> Any:
        return APIClient().post(
            "/api/v1/email", report | changes, format="json", headers={"X-Postmark-Webhook-Token": token}
        )

    assert say("").status_code == 401
    settings.EMAIL_WEBHOOK_TOKEN = "known"
    assert say("other").status_code == 401
    assert say("known", Type="Transient").json() == {"changed": False}
    assert say("known", Email="nobody@example.org").json() == {"changed": False}
    assert not NotificationWishes.objects.filter(bounced_email="ada@example.org").exists()
    assert say("known").json() == {"changed": True}
    assert scene.api.get("/api/v1/auth/user/preferences").data["email_bounced"] is True
