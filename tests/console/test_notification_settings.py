"""The notification settings and their forms, as a browser gets them."""

import re
from datetime import UTC, datetime, time
from typing import Any

import pytest
from django.test import Client

from accounts.models import NotificationWishes, User
from accounts.wishes import NotificationChannel, wanted, wanted_on, wishes_of
from notifications.messages.chats import set_webhook, webhook_of
from notifications.messages.contacts import Contact
from notifications.messages.testing import TESTS_MAX
from notifications.models import Attempt, Delivery, DeliveryStatus
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PAGE = "/notifications/settings"
CHAT = "https://discord.com/api/webhooks/1/tops3cret"


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def browser(ada: User) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def page_of(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send if nothing was changed."""
    boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="(\w+)"[^>]* checked', page)
    limit = re.search(r'name="daily_limit" value="(\d+)"', page)
    assert limit
    times = {name: _value(page, name) for name in ("quiet_from", "quiet_until")}
    chosen: dict[str, list[str]] = {}
    for column, type in boxes:
        chosen.setdefault(column, []).append(type)
    return {"daily_limit": limit[1], **times, **chosen}


def _value(page: str, name: str) -> str:
    field = re.search(rf'<input type="time" name="{name}"[^>]*>', page)
    assert field
    found = re.search(r'value="([^"]*)"', field[0])
    return found[1] if found else ""


def test_saving_what_is_shown_changes_nothing(browser: Client, ada: User) -> None:
    browser.post(PAGE, fields_of(page_of(browser)))
    stored = NotificationWishes.objects.get(user=ada)
    assert (stored.refused, stored.refused_on.get("EMAIL", []), stored.daily_limit) == ([], [], 10)
    assert (stored.quiet_from, stored.quiet_until) == (None, None)


def test_what_is_wanted_where_and_when_is_saved_and_shown_again(browser: Client, ada: User) -> None:
    wish = fields_of(page_of(browser))
    wish["TOLD"].remove("AGENT_RUN")
    wish["EMAIL"].remove("DAILY_SUMMARY")
    wish |= {"daily_limit": "3", "quiet_from": "22:00", "quiet_until": "07:30"}
    assert browser.post(PAGE, wish).headers["Location"] == PAGE
    stored = NotificationWishes.objects.get(user=ada)
    assert (stored.refused, stored.refused_on["EMAIL"]) == (["AGENT_RUN"], ["DAILY_SUMMARY"])
    assert (stored.daily_limit, stored.quiet_from, stored.quiet_until) == (3, time(22), time(7, 30))
    page = page_of(browser)
    assert "Saved." in page
    assert fields_of(page) == wish
    browser.post(PAGE, wish | {"quiet_from": "", "quiet_until": ""})
    assert NotificationWishes.objects.get(user=ada).quiet_from is None


def test_a_way_that_is_not_shown_keeps_what_was_wanted_there(browser: Client, ada: User) -> None:
    NotificationWishes.objects.create(user=ada, refused_on={"DISCORD": ["AGENT_RUN"]}, refused=["AGENT_APPROVED"])
    page = page_of(browser)
    assert 'name="DISCORD"' not in page
    browser.post(PAGE, fields_of(page))
    assert not wanted_on(wishes_of(ada), NotificationChannel.DISCORD)["AGENT_RUN"]
    assert not wanted(wishes_of(ada))["AGENT_APPROVED"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"daily_limit": "-1"}, "greater than or equal to 0"),
        ({"daily_limit": "1001"}, "less than or equal to 1000"),
        ({"quiet_from": "22:00"}, "Give both times"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "at different times"),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "valid time"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(
    browser: Client, ada: User, changes: dict[str, str], said: str
) -> None:
    answer = browser.post(PAGE, fields_of(page_of(browser)) | changes)
    assert answer.status_code == 400
    assert said in words(answer)
    assert not NotificationWishes.objects.filter(user=ada).exists()


def test_an_unknown_type_is_refused_and_what_was_chosen_stays_so(browser: Client, ada: User) -> None:
    answer = browser.post(PAGE, {"daily_limit": "5", "TOLD": ["FLY"], "EMAIL": ["AGENT_RUN"]})
    assert answer.status_code == 400
    assert fields_of(answer.content.decode())["EMAIL"] == ["AGENT_RUN"]


def test_what_is_for_operators_has_no_other_way_than_the_list(browser: Client) -> None:
    page = page_of(browser)
    assert 'name="TOLD" value="REFUND_REQUEST"' in page
    assert 'name="EMAIL" value="REFUND_REQUEST"' not in page


def test_a_chat_is_set_up_shown_by_its_host_and_taken_away(browser: Client, ada: User) -> None:
    assert "Not set up." in page_of(browser)
    assert browser.post(f"{PAGE}/discord", {"url": CHAT}).headers["Location"] == PAGE
    assert webhook_of(ada, "DISCORD").reveal() == CHAT
    page = page_of(browser)
    assert "discord.com" in page
    assert "tops3cret" not in page
    assert 'name="DISCORD" value="AGENT_RUN"' in page
    browser.post(f"{PAGE}/discord/remove")
    assert not Contact.objects.exists()


def test_an_address_that_may_not_be_asked_is_refused_at_its_field(browser: Client) -> None:
    answer = browser.post(f"{PAGE}/slack", {"url": "https://127.0.0.1/hook"})
    assert answer.status_code == 400
    assert "not on the public internet" in words(answer)
    assert 'id="id_slack_url_error"' in answer.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("address", ["email", "pigeon", "pigeon/test", "email/remove"])
def test_there_are_no_other_ways(browser: Client, address: str) -> None:
    assert browser.post(f"{PAGE}/{address}", {"url": CHAT}).status_code == 404
    assert browser.get(f"{PAGE}/{address}").status_code == 405


@pytest.mark.parametrize("channel", ["email", "discord", "slack"])
def test_each_way_can_be_tried(browser: Client, ada: User, channel: str) -> None:
    if channel != "email":
        set_webhook(ada, NotificationChannel(channel.upper()), CHAT)
    answer = browser.post(f"{PAGE}/{channel}/test", follow=True)
    assert "A test is on its way" in words(answer)
    assert Delivery.objects.get().channel == channel.upper()


def test_a_chat_that_is_not_there_cannot_be_tried(browser: Client) -> None:
    assert "no webhook" in words(browser.post(f"{PAGE}/slack/test", follow=True))
    assert not Delivery.objects.exists()


def test_tests_are_few_and_the_page_says_when_there_may_be_more(browser: Client, redis_url: str) -> None:
    grace = Client()
    grace.force_login(make_user("grace@example.org"))
    for _ in range(TESTS_MAX):
        browser.post(f"{PAGE}/email/test")
    said = words(browser.post(f"{PAGE}/email/test", follow=True))
    assert re.search(r"At most 5 tests a minute are sent\. Try again in \d+ seconds\.", said)
    assert Delivery.objects.count() == TESTS_MAX
    assert "on its way" in words(grace.post(f"{PAGE}/email/test", follow=True))
    assert Delivery.objects.count() == TESTS_MAX + 1


def test_what_became_of_a_test_is_said_for_the_address_of_today(browser: Client, ada: User) -> None:
    set_webhook(ada, NotificationChannel.DISCORD, CHAT)
    browser.post(f"{PAGE}/discord/test")
    sent = Delivery.objects.get()
    now = datetime.now(UTC)
    Attempt.objects.create(delivery=sent, number=1, started_at=now, milliseconds=1, error="It has answered 404.")
    Delivery.objects.update(status=DeliveryStatus.GIVEN_UP)
    assert "The last test did not arrive. It has answered 404." in page_of(browser)
    Delivery.objects.update(status=DeliveryStatus.DELIVERED, delivered_at=now)
    assert "The last test arrived" in page_of(browser)
    set_webhook(ada, NotificationChannel.DISCORD, f"{CHAT}/another")
    assert "The last test" not in page_of(browser)


def test_mails_that_came_back_are_said_until_there_is_another_address(browser: Client, ada: User) -> None:
    NotificationWishes.objects.create(user=ada, bounced_email=ada.email)
    assert "Mails to this address came back" in page_of(browser)
    User.objects.update(email="ada@example.com")
    assert "came back" not in page_of(browser)


def test_strangers_are_asked_to_sign_in() -> None:
    for method in ("get", "post"):
        assert getattr(Client(), method)(PAGE).headers["Location"].startswith("/sign-in")
    assert Client().post(f"{PAGE}/discord", {"url": CHAT}).headers["Location"].startswith("/sign-in")
