"""Every way by which a message goes, to servers that answer as real ones do."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from notifications.channels import discord, slack
from notifications.channels.errors import SendFailed
from notifications.channels.messages import Message
from notifications.channels.sending import send
from notifications.channels.targets import Target, parse_targets
from notifications.operators.targets import door_to
from tests.notifications.operators.mail_sink import MailSink
from tests.notifications.operators.telling import SECRET, targets
from tests.notifications.sink import Answer, Sink, opened_sink

MESSAGE = Message(id="msg_1", title="It burns", text="The cellar.", link="https://sluice.example.org/admin/")


def sent(target: Target, message: Message = MESSAGE) -> int:
    async def go() -> int:
        door = door_to([target])
        try:
            return await send(target, message, door=door, seconds=10)
        finally:
            await door.close()

    return asyncio.run(go())


def failure(target: Target) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        sent(target)
    assert "canary" not in str(caught.value)
    assert "canary" not in repr(target)
    return caught.value


@pytest.fixture
def chat() -> Any:
    with opened_sink() as opened:
        yield opened


def at(sink: Sink, way: str = "discord") -> Target:
    return targets(f"{way}={sink.url}?token=canary")[0]


def test_discord_gets_title_text_and_link(chat: Sink) -> None:
    assert sent(at(chat)) == 200
    body = chat.received[0].json
    assert body["content"] == "**It burns**\nThe cellar.\n<https://sluice.example.org/admin/>"
    assert body["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("letter", ["x", "*", "🔥"])
def test_what_is_too_long_for_discord_is_cut_and_keeps_its_link(letter: str) -> None:
    content = discord.body_of(Message(id="1", title="T", text=letter * 5000, link="https://example.org/1"))["content"]
    assert len(content.encode("utf-16-le")) // 2 in (1999, 2000)
    assert content.endswith("…\n<https://example.org/1>")


def test_what_is_just_short_enough_is_not_cut() -> None:
    content = discord.body_of(Message(id="1", title="T", text="x" * (2000 - len("**T**\n"))))["content"]
    assert (len(content), content[-1]) == (2000, "x")


def test_no_text_is_shown_as_anything_but_itself() -> None:
    shown = discord.body_of(Message(id="1", title="a*b*", text="[x](http://evil.example) <@1>"))["content"]
    assert shown == "**a\\*b\\***\n\\[x\\](http://evil.example) <@1\\>"


def test_slack_mentions_nobody(chat: Sink) -> None:
    assert sent(at(chat, "slack"), Message(id="1", title="<!channel>", text="<@U1> & more")) == 200
    assert chat.received[0].json["text"] == "*&lt;!channel&gt;*\n&lt;@U1&gt; &amp; more"
    assert len(slack.body_of(Message(id="1", title="T", text="x" * 9000))["text"]) == slack.CHARACTERS


def test_webhooks_are_signed(chat: Sink) -> None:
    assert sent(at(chat, "webhook")) == 200
    assert chat.received[0].verify(SECRET)["data"]["title"] == "It burns"
    assert chat.received[0].id == "msg_1"
    with pytest.raises(Exception, match="signature"):
        chat.received[0].verify("whsec_" + "A" * 32)


def test_mails_have_subject_text_link_and_id(mail_sink: MailSink) -> None:
    (target,) = targets("email=ops@example.org")
    assert sent(target, Message(id="msg_2", title="It\nburns", text="The cellar.", link="https://example.org")) == 250
    (mail,) = mail_sink.received
    assert (mail["To"], mail["Subject"]) == ("ops@example.org", "It burns")
    assert mail["Message-ID"].startswith("<msg_2@")
    assert mail.get_content().split() == ["The", "cellar.", "https://example.org"]


def test_a_refused_recipient_is_final_and_a_busy_server_is_not(mail_sink: MailSink) -> None:
    (target,) = targets("email=canary@example.org")
    mail_sink.refusal = "550 No such user canary"
    assert failure(target).is_final
    mail_sink.refusal = "451 Later canary"
    assert not failure(target).is_final


def test_a_mail_server_that_is_away_is_tried_again(mail_sink: MailSink, settings: Any) -> None:
    settings.EMAIL_PORT = 1
    assert not failure(targets("email=canary@example.org")[0]).is_final


@pytest.mark.parametrize(
    ("status", "is_final"), [(404, True), (401, True), (410, True), (429, False), (503, False), (302, False)]
)
def test_answers_say_whether_trying_again_is_of_use(chat: Sink, status: int, is_final: bool) -> None:
    chat.answer = Answer(status, {"location": "http://127.0.0.1:1/canary"})
    failed = failure(at(chat))
    assert (failed.status_code, failed.is_final) == (status, is_final)
    assert len(chat.received) == 1


def test_the_pause_that_is_asked_for_is_known(chat: Sink) -> None:
    chat.answer = Answer(429, {"retry-after": "37"})
    assert failure(at(chat)).retry_after == timedelta(seconds=37)


def test_a_server_that_is_away_is_tried_again() -> None:
    failed = failure(targets("discord=http://127.0.0.1:1/canary")[0])
    assert (failed.status_code, failed.is_final) == (None, False)


def test_the_door_leads_to_the_targets_alone(chat: Sink) -> None:
    with opened_sink() as other:
        door = door_to([at(chat)])
        with pytest.raises(SendFailed, match="may not be asked"):
            asyncio.run(send(at(other), MESSAGE, door=door, seconds=10))
        assert other.received == []


@pytest.mark.parametrize(
    "entry",
    [
        "canary",
        "discord=canary",
        "discord=ftp://x/canary",
        "email=canary",
        "discord=http://x:99999/canary",
        "telegram=https://canary",
    ],
)
def test_a_setting_that_cannot_be_read_is_named_and_not_repeated(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="Entry 2 of ALERTS") as caught:
        parse_targets("ALERTS", ["email=ops@example.org", entry], secret=SECRET)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "whsec_c2hvcnQ=", "canary!"])
def test_a_webhook_needs_a_good_secret(secret: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ALERT_WEBHOOK_SECRET") as caught:
        parse_targets("ALERTS", ["webhook=https://example.org"], secret=secret)
    assert "canary" not in str(caught.value)
    assert parse_targets("ALERTS", ["discord=https://example.org"], secret=secret)
