"""What is decided about notices without looking anything up."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import get_template
from pydantic import ValidationError

from accounts.wishes import NotificationChannel, NotificationType, QuietHours
from notifications.messages.contents import Content
from notifications.messages.data import DATA, ContinuousAgentErrorData, Envelope
from notifications.messages.judging import Circumstances, Later, Never, judge
from notifications.messages.planning import Wishes, plan
from notifications.messages.rendering import render
from notifications.messages.strategies import STRATEGIES, is_told
from notifications.messages.summaries import spans_before
from notifications.messages.times import next_hour, next_morning, quiet_until
from tests.notifications.samples import SAMPLES

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
NIGHT = QuietHours(time(22), time(7))
MAIL = [NotificationChannel.EMAIL]


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_types_are_taken_in_any_case_and_bring_their_data() -> None:
    envelope = Envelope.model_validate(
        {"type": "low_balance", "user_id": "u", "created_at": NOON, "data": SAMPLES[NotificationType.LOW_BALANCE]}
    )
    assert (envelope.type, envelope.typed().model_dump()["current_balance"]) == (NotificationType.LOW_BALANCE, 480)
    with pytest.raises(ValidationError):
        envelope.model_copy(update={"type": NotificationType.AGENT_RUN}).typed()
    for wrong in ({"type": "FLYING"}, {"created_at": datetime(2026, 11, 28)}):
        with pytest.raises(ValidationError):
            Envelope.model_validate(envelope.model_dump() | wrong)


def test_times_without_a_zone_are_refused() -> None:
    sample = SAMPLES[NotificationType.CONTINUOUS_AGENT_ERROR]
    ContinuousAgentErrorData.model_validate(sample)
    with pytest.raises(ValidationError, match="start_time"):
        ContinuousAgentErrorData.model_validate(sample | {"start_time": "2026-11-28T12:00:00"})


def test_every_type_has_a_strategy_data_and_templates() -> None:
    told = set(NotificationType) - {NotificationType.AGENT_APPROVED, NotificationType.AGENT_REJECTED}
    assert set(STRATEGIES) == set(DATA) == set(SAMPLES) == told
    for type in told:
        get_template(f"notifications/mail/{type.lower()}.html")


@pytest.mark.parametrize("type", SAMPLES)
def test_every_type_can_be_written_as_text_and_as_html(type: NotificationType) -> None:
    content = Content(DATA[type].model_validate(SAMPLES[type]), "https://sluice.example.org/executions/e")
    one, two = render(type, [content]), render(type, [content, content])
    for rendered in (one, two):
        assert rendered.subject
        assert "\n" not in rendered.subject
        assert len(rendered.text) > 20
        assert "{{" not in rendered.text + rendered.html
        assert rendered.html.startswith("<!doctype html>")
    with_link = one.with_link("https://x/u")
    assert ("https://x/u" in with_link.html, "https://x/u" in with_link.text) == (True, True)


def test_values_of_users_are_text_in_html_and_a_subject_is_one_line() -> None:
    sample = SAMPLES[NotificationType.AGENT_RUN] | {"agent_name": "<script>\nBcc: x@example.org"}
    rendered = render(NotificationType.AGENT_RUN, [Content(DATA[NotificationType.AGENT_RUN].model_validate(sample))])
    assert rendered.subject == "<script> Bcc: x@example.org has run"
    assert "<script>" not in rendered.html
    assert "Rain <b>tomorrow</b>" in rendered.text
    assert "Rain &lt;b&gt;tomorrow&lt;/b&gt;" in rendered.html


def test_repeated_errors_are_told_at_powers_of_two() -> None:
    assert [count for count in range(70) if is_told(count)] == [1, 2, 4, 8, 16, 32, 64]


@pytest.mark.parametrize(
    ("zone", "now", "hour", "morning"),
    [
        ("UTC", "2026-11-28T12:10:05", "2026-11-28T13:00:00", "2026-11-29T08:00:00"),
        ("UTC", "2026-11-28T07:59:59", "2026-11-28T08:00:00", "2026-11-28T08:00:00"),
        ("UTC", "2026-11-28T08:00:00", "2026-11-28T09:00:00", "2026-11-29T08:00:00"),
        ("Asia/Kathmandu", "2026-11-28T23:50:00", "2026-11-29T00:00:00", "2026-11-29T08:00:00"),
        ("Europe/Berlin", "2026-03-28T20:30:00", "2026-03-28T21:00:00", "2026-03-29T08:00:00"),
        ("Europe/Berlin", "2026-10-24T20:30:00", "2026-10-24T21:00:00", "2026-10-25T08:00:00"),
    ],
)
def test_hours_and_mornings_are_those_of_the_users_wall(zone: str, now: str, hour: str, morning: str) -> None:
    assert next_hour(zone, at(now, zone)) == at(hour, zone)
    assert next_morning(zone, at(now, zone)) == at(morning, zone)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2026-11-28T21:59:59", None),
        (NIGHT, "2026-11-28T22:00:00", "2026-11-29T07:00:00"),
        (NIGHT, "2026-11-29T06:59:59", "2026-11-29T07:00:00"),
        (NIGHT, "2026-11-29T07:00:00", None),
        (QuietHours(time(12), time(14)), "2026-11-28T13:00:00", "2026-11-28T14:00:00"),
        (QuietHours(time(12), time(14)), "2026-11-28T14:00:00", None),
        (QuietHours(time(12), time(14)), "2026-11-28T23:00:00", None),
        (None, "2026-11-28T23:00:00", None),
    ],
)
def test_quiet_hours_hold_from_their_begin_to_before_their_end(
    quiet: QuietHours | None, now: str, until: str | None
) -> None:
    assert quiet_until("Europe/Berlin", quiet, at(now)) == (at(until) if until else None)


@pytest.mark.parametrize("type", SAMPLES)
def test_what_nobody_wants_goes_nowhere(type: NotificationType) -> None:
    decided = plan(type, Wishes(is_wanted=False, channels=MAIL, zone="UTC"), now=NOON)
    assert (decided.is_listed, decided.channels, decided.gathers_until) == (False, (), None)


def test_what_is_urgent_goes_at_once_or_when_the_quiet_hours_are_over() -> None:
    wishes = Wishes(is_wanted=True, channels=MAIL, zone="Europe/Berlin", quiet=NIGHT)
    assert plan(NotificationType.ZERO_BALANCE, wishes, now=at("2026-11-28T12:00:00")).due_at == at(
        "2026-11-28T12:00:00"
    )
    assert plan(NotificationType.ZERO_BALANCE, wishes, now=at("2026-11-28T23:00:00")).due_at == at(
        "2026-11-29T07:00:00"
    )


def test_what_is_for_operators_is_only_listed_for_its_user() -> None:
    decided = plan(NotificationType.REFUND_REQUEST, Wishes(is_wanted=True, channels=MAIL, zone="UTC"), now=NOON)
    assert (decided.is_listed, decided.channels, decided.gathers_until) == (True, (), None)


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (Circumstances(is_active=True, is_wanted=True), None),
        (Circumstances(is_active=False, is_wanted=True), Later(NOON + timedelta(hours=1))),
        (Circumstances(is_active=True, is_wanted=False), Never("Its user does not want it.")),
        (Circumstances(is_active=True, is_wanted=True, address_trouble="x"), Never("x")),
        (Circumstances(is_active=True, is_wanted=True, quiet_until=NOON), Later(NOON)),
    ],
)
def test_a_message_is_judged_again_when_it_goes_out(given: Circumstances, verdict: Later | Never | None) -> None:
    assert judge(given, now=NOON) == verdict


@pytest.mark.parametrize(
    ("today", "types"),
    [
        ("2026-11-28", ["DAILY"]),
        ("2026-11-30", ["DAILY", "WEEKLY"]),
        ("2026-12-01", ["DAILY", "MONTHLY"]),
        ("2027-02-01", ["DAILY", "WEEKLY", "MONTHLY"]),
    ],
)
def test_spans_are_summed_up_when_they_are_over(today: str, types: list[str]) -> None:
    spans = list(spans_before(datetime.fromisoformat(today).date()))
    assert [span.type.removesuffix("_SUMMARY") for span in spans] == types
    assert {span.last for span in spans} == {datetime.fromisoformat(today).date() - timedelta(days=1)}
