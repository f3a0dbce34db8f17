"""Executions, schedules, webhooks and reviews in the admin: seen, held and let go on, and not changed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from executor.models import Trigger
from executor.presets.models import Preset
from executor.reviews.models import Review
from executor.schedules.models import Schedule
from executor.schedules.scheduling import make_schedule
from executor.webhooks.models import Webhook
from executor.webhooks.secrets import give_new_secret
from graphs.models import GraphVersion
from tests.executor.reviews.cast import asking, parked
from tests.executor.waiting import echo_graph, queued
from tests.factories import make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.admin_urls")]


@pytest.fixture
def ada() -> User:
    return make_user()


@pytest.fixture
def version(ada: User) -> GraphVersion:
    return echo_graph(ada)


@pytest.fixture
def admin_client() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.org", "a long password"))
    return client


def schedule_of(version: GraphVersion) -> Schedule:
    return make_schedule(version.graph.owner, version, now=datetime.now(UTC), name="Nightly", cron="0 3 * * *")


def webhook_of(version: GraphVersion) -> Webhook:
    node = version.nodes.get()
    webhook = Webhook(user=version.graph.owner, graph=version.graph, version=version, node_id=node.id, name="Shop")
    give_new_secret(webhook)
    webhook.save(force_insert=True)
    return webhook


def review_of(version: GraphVersion) -> Review:
    return Review.objects.inside(parked(version.graph.owner, asking({"secret": "of Ada"}))).get()


def page(row: Model, kind: str) -> str:
    arguments = [] if kind in ("changelist", "add") else [row.pk]
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{kind}", args=arguments)


def asked(client: Client, row: Model, action: str, reason: str = "Because.") -> Any:
    chosen = {"action": action, "_selected_action": [str(row.pk)], "reason": reason}
    return client.post(page(row, "changelist"), chosen, follow=True)


def test_the_list_of_executions_shows_and_filters_what_they_were_started_with(
    admin_client: Client, version: GraphVersion
) -> None:
    user, graph = version.graph.owner, version.graph
    preset = Preset.objects.create(user=user, graph=graph, version=version, name="Every Monday")
    [dry] = queued(version, 1, priority=77, is_dry_run=True, preset=preset, trigger=Trigger.SCHEDULE)
    [plain] = queued(version, 1, trigger=Trigger.WEBHOOK)
    seen = admin_client.get(page(dry, "changelist"), {"trigger__exact": "SCHEDULE"}).content.decode()
    assert str(dry.id) in seen
    assert str(plain.id) not in seen
    assert all(word in seen for word in ("Every Monday", ">77<", "field-is_dry_run", "field-trigger"))
    nothing = admin_client.get(page(dry, "changelist"), {"status__exact": "FAILED"}).content.decode()
    assert str(dry.id) not in nothing


@pytest.mark.parametrize("make", [schedule_of, webhook_of, review_of])
def test_rows_are_shown_and_nothing_can_be_added_changed_or_deleted(
    admin_client: Client, version: GraphVersion, make: Any
) -> None:
    row = make(version)
    assert admin_client.get(page(row, "changelist"), {"q": "ada@"}).status_code == 200
    assert admin_client.get(page(row, "change")).status_code == 200
    assert admin_client.get(page(row, "add")).status_code == 403
    assert admin_client.post(page(row, "change"), {"name": "x"}).status_code == 403
    assert admin_client.post(page(row, "delete"), {"post": "yes"}).status_code == 403


def test_a_schedule_is_paused_and_resumed_with_a_reason(admin_client: Client, version: GraphVersion) -> None:
    schedule = schedule_of(version)
    asked(admin_client, schedule, "pause", reason="")
    assert Schedule.objects.get().is_paused is False
    asked(admin_client, schedule, "pause")
    held = Schedule.objects.get()
    assert (held.is_paused, held.pause_reason) == (True, "Paused by an operator.")
    assert b"1 resumed" in asked(admin_client, schedule, "resume").content
    assert Schedule.objects.get().is_paused is False
    assert b"0 resumed" in asked(admin_client, schedule, "resume").content


def test_a_webhook_is_switched_off_and_on_and_its_secret_is_never_shown(
    admin_client: Client, version: GraphVersion
) -> None:
    webhook = webhook_of(version)
    for kind in ("changelist", "change"):
        shown = admin_client.get(page(webhook, kind)).content.decode()
        assert webhook.sealed not in shown
        assert "whsec_" not in shown
    asked(admin_client, webhook, "pause")
    assert Webhook.objects.get().is_active is False
    asked(admin_client, webhook, "resume")
    assert Webhook.objects.get().is_active is True


def test_what_a_review_asks_is_for_its_owner_only(admin_client: Client, version: GraphVersion) -> None:
    review = review_of(version)
    assert "of Ada" not in admin_client.get(page(review, "change")).content.decode()


@pytest.mark.parametrize("make", [schedule_of, webhook_of])
def test_who_may_only_look_gets_no_actions(version: GraphVersion, make: Any) -> None:
    row = make(version)
    client = Client()
    client.force_login(looker(row))
    assert client.get(page(row, "changelist")).status_code == 200
    asked(client, row, "pause")
    assert not Schedule.objects.filter(is_paused=True).exists()
    assert not Webhook.objects.filter(is_active=False).exists()


def looker(row: Model) -> User:
    user = User.objects.create_user("clerk@example.org", "a long password", is_staff=True)
    user.user_permissions.add(
        Permission.objects.get(content_type__app_label=row._meta.app_label, codename=f"view_{row._meta.model_name}")
    )
    return user
