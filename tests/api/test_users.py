"""The user over the API: who is asking, their time zone, what they want to be told, another address."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from rest_framework.test import APIClient

from accounts.keys import issue
from accounts.mail_counts import count_mail
from accounts.models import NotificationWishes, User
from accounts.timezones import local_day, set_timezone
from accounts.wishes import NotificationChannel, NotificationType
from api.scopes import Scope
from tests.api.cast import Scene, client_of

USER = "/api/v1/auth/user"


@pytest.mark.parametrize(("method", "path"), [("post", USER), ("get", "/api/v1/me")])
def test_a_key_knows_whose_it_is(scene: Scene, method: str, path: str) -> None:
    body = getattr(scene.api, method)(path).data
    assert (body["id"], body["email"], body["email_verified"]) == (str(scene.ada.id), "ada@example.org", True)
    assert getattr(scene.stranger, method)(path).data["email"] == "grace@example.org"
    assert getattr(APIClient(), method)(path).status_code == 401
    assert "password" not in body


def test_the_time_zone_is_stored_and_told(scene: Scene) -> None:
    assert scene.api.get(f"{USER}/timezone").data == {"timezone": "UTC"}
    answer = scene.api.post(f"{USER}/timezone", {"timezone": "Europe/Berlin"}, format="json")
    assert (answer.status_code, answer.data) == (200, {"timezone": "Europe/Berlin"})
    assert scene.api.get(f"{USER}/timezone").data == {"timezone": "Europe/Berlin"}
    assert scene.api.post(f"{USER}/timezone", {"timezone": "not-set"}, format="json").data == {"timezone": "UTC"}


@pytest.mark.parametrize("zone", ["", "Mars/Base", "../../etc/passwd", "Europe/", "a\x00", "Z" * 65, None, [], {}, 1])
def test_what_is_no_time_zone_is_refused(scene: Scene, zone: Any) -> None:
    answer = scene.api.post(f"{USER}/timezone", {"timezone": zone}, format="json")
    assert answer.status_code == 400
    assert "timezone" in answer.data["fields"]
    assert User.objects.get(pk=scene.ada.pk).timezone == "UTC"


def test_everything_is_wanted_until_it_is_refused(scene: Scene) -> None:
    body = scene.api.get(f"{USER}/preferences").data
    assert set(body) == {
        *("user_id", "email", "preferences", "daily_limit", "emails_sent_today", "last_reset_date"),
        *("channels", "quiet_hours", "email_bounced"),
    }
    assert body["channels"] == dict.fromkeys(NotificationChannel, dict.fromkeys(NotificationType, True))
    assert (body["quiet_hours"], body["email_bounced"], body["emails_sent_today"]) == (None, False, 0)
    assert body["preferences"] == dict.fromkeys(NotificationType, True)
    assert not NotificationWishes.objects.exists()


def test_wishes_are_stored_and_what_is_not_named_stays(scene: Scene) -> None:
    sent = {"email": "Ada@example.org", "preferences": {"AGENT_RUN": False}, "daily_limit": 0}
    body = scene.api.post(f"{USER}/preferences", sent, format="json").data
    assert (body["preferences"]["AGENT_RUN"], body["preferences"]["LOW_BALANCE"], body["daily_limit"]) == (
        *(False, True, 0),
    )
    scene.api.post(f"{USER}/preferences", {"preferences": {"LOW_BALANCE": False}}, format="json")
    body = scene.api.get(f"{USER}/preferences").data
    assert (body["preferences"]["AGENT_RUN"], body["preferences"]["LOW_BALANCE"]) == (False, False)
    assert scene.stranger.get(f"{USER}/preferences").data["preferences"]["AGENT_RUN"] is True


def test_channels_and_quiet_hours_are_stored(scene: Scene) -> None:
    sent = {"channels": {"EMAIL": {"AGENT_RUN": False}}, "quiet_hours": {"from": "22:00", "until": "07:30"}}
    body = scene.api.post(f"{USER}/preferences", sent, format="json").data
    assert [body["channels"][name]["AGENT_RUN"] for name in ("EMAIL", "DISCORD")] == [False, True]
    assert (body["quiet_hours"], body["preferences"]["AGENT_RUN"]) == ({"from": "22:00", "until": "07:30"}, True)
    body = scene.api.post(f"{USER}/preferences", {"preferences": {"LOW_BALANCE": False}}, format="json").data
    assert (body["channels"]["EMAIL"]["AGENT_RUN"], body["channels"]["SLACK"]["LOW_BALANCE"]) == (False, False)
    assert body["quiet_hours"] == {"from": "22:00", "until": "07:30"}
    assert scene.api.post(f"{USER}/preferences", {"quiet_hours": None}, format="json").data["quiet_hours"] is None


def test_mails_of_today_are_counted_as_the_users_wall_says(scene: Scene) -> None:
    set_timezone(scene.ada, "Pacific/Kiritimati")
    ada, now = User.objects.get(pk=scene.ada.pk), datetime.now(UTC)
    assert count_mail(ada, local_day("Pacific/Kiritimati", now))
    body = scene.api.get(f"{USER}/preferences").data
    assert body["emails_sent_today"] == 1
    assert body["last_reset_date"].endswith("T10:00:00Z")
    NotificationWishes.objects.update(emails_sent_on=local_day("Pacific/Kiritimati", now) - timedelta(days=1))
    assert scene.api.get(f"{USER}/preferences").data["emails_sent_today"] == 0


@pytest.mark.parametrize(
    "sent",
    [
        {"channels": {"PIGEON": {"AGENT_RUN": True}}},
        {"channels": {"EMAIL": {"FLYING": True}}},
        {"channels": {"EMAIL": True}},
        {"quiet_hours": {"from": "22:00"}},
        {"quiet_hours": {"from": "22:00", "until": "22:00"}},
        {"quiet_hours": {"from": "25:00", "until": "22:00"}},
        {"preferences": {"FLYING": True}},
        {"preferences": {"AGENT_RUN": "perhaps"}},
        {"preferences": {"AGENT_RUN": None}},
        {"preferences": []},
        {"daily_limit": -1},
        {"daily_limit": 1001},
        {"daily_limit": "many"},
        {"email": "grace@example.org"},
    ],
)
def test_wishes_that_make_no_sense_are_refused(scene: Scene, sent: dict[str, Any]) -> None:
    assert scene.api.post(f"{USER}/preferences", sent, format="json").status_code == 400
    assert not NotificationWishes.objects.exists()


def test_another_address_counts_once_its_link_is_opened_with_the_password(scene: Scene) -> None:
    answer = ask(scene.api, "Ada@New.example.org")
    assert answer.data == {"email": "ada@example.org", "pending_email": "ada@new.example.org"}
    assert [message.to for message in mail.outbox] == [["ada@new.example.org"], ["ada@example.org"]]
    link = link_in(mail.outbox[0].body)
    browser = Client()
    assert browser.get(link).headers["Location"].startswith("/sign-in")
    browser.force_login(scene.ada)
    assert "ada@new.example.org" in browser.get(link).content.decode()
    assert browser.post(link, {"password": "wrong"}).status_code == 400
    assert address_of(scene.ada) == "ada@example.org"
    assert browser.post(link, {"password": "secret-1"}).status_code == 302
    assert address_of(scene.ada) == "ada@new.example.org"
    assert mail.outbox[-1].to == ["ada@example.org"]


def test_a_link_is_good_once_and_for_its_user_only(scene: Scene) -> None:
    ask(scene.api, "ada@new.example.org")
    link = link_in(mail.outbox[0].body)
    grace, ada = User.objects.by_email("grace@example.org"), Client()
    grace.set_password("secret-2")
    grace.save()
    stranger = Client()
    stranger.force_login(grace)
    assert stranger.post(link, {"password": "secret-2"}).status_code == 400
    ada.force_login(scene.ada)
    ada.post(link, {"password": "secret-1"})
    User.objects.filter(pk=scene.ada.pk).update(email="ada@example.org")
    assert ada.post(link, {"password": "secret-1"}).status_code == 400
    assert address_of(scene.ada) == "ada@example.org"


@pytest.mark.parametrize("change", ["x{}", "{}x", "", "null", "{}:{}"])
def test_a_link_that_is_none_changes_nothing(scene: Scene, change: str) -> None:
    ask(scene.api, "ada@new.example.org")
    link = link_in(mail.outbox[0].body)
    folder, token = link.rsplit("/", 1)
    browser = Client()
    browser.force_login(scene.ada)
    answer = browser.post(f"{folder}/{change.format(token, token)}", {"password": "secret-1"})
    assert answer.status_code in (400, 404)
    assert address_of(scene.ada) == "ada@example.org"


def test_whether_an_address_is_taken_shows_in_the_mail_only(scene: Scene) -> None:
    free, taken = ask(scene.api, "nobody@example.org"), ask(scene.api, "Grace@example.org")
    assert free.status_code == taken.status_code == 200
    assert set(free.data) == set(taken.data)
    assert mail.outbox[2].to == ["grace@example.org"]
    assert "http" not in mail.outbox[2].body


def test_an_address_that_is_taken_meanwhile_is_not_given_twice(scene: Scene) -> None:
    ask(scene.api, "new@example.org")
    User.objects.create_user("new@example.org")
    browser = Client()
    browser.force_login(scene.ada)
    answer = browser.post(link_in(mail.outbox[0].body), {"password": "secret-1"})
    assert answer.status_code == 400
    assert "Another account" in answer.content.decode()


@pytest.mark.parametrize("email", ["", "x", "ada@example.org", "a\x00@example.org", "a@b", None, [], {}, 1, "a" * 255])
def test_what_is_no_other_address_is_refused(scene: Scene, email: Any) -> None:
    assert ask(scene.api, email).status_code == 400
    assert mail.outbox == []


def test_the_address_alone_is_understood_too(scene: Scene) -> None:
    assert scene.api.post(f"{USER}/email", "new@example.org", format="json").status_code == 200


def test_mails_to_new_addresses_are_limited(scene: Scene) -> None:
    answers = [ask(scene.api, f"new{number}@example.org") for number in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert int(answers[-1]["Retry-After"]) > 800
    assert len(mail.outbox) == 10


def test_a_key_without_the_scope_changes_nothing(scene: Scene) -> None:
    client = APIClient()
    client.credentials(HTTP_X_API_KEY=issue(scene.ada, name="reader", scopes=[Scope.IDENTITY])[1])
    assert client.get("/api/v1/me").status_code == 200
    for path, body in (("email", {"email": "x@y.org"}), ("timezone", {"timezone": "UTC"}), ("preferences", {})):
        assert client.post(f"{USER}/{path}", body, format="json").status_code == 403


def test_nobody_finds_the_wishes_of_a_closed_account(scene: Scene) -> None:
    client = client_of(scene.ada)
    User.objects.filter(pk=scene.ada.pk).update(is_active=False)
    assert client.get(f"{USER}/preferences").status_code == 401


def ask(client: APIClient, email: Any) -> Any:
    return client.post(f"{USER}/email", {"email": email}, format="json")


def link_in(text: Any) -> str:
    found = re.search(r"http://testserver(/\S+)", str(text))
    assert found
    return found[1]


def address_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email
