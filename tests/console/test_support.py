"""The support view: one user's state for operators who may see it, and nothing can be done there."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.keys import issue
from accounts.models import User
from console.support import PERMISSIONS, RECENT
from credits.freezing import freeze, set_limits
from credits.holds import hold
from credits.ledger import charge
from executor.launching.launch import launch
from executor.models import Trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Any:
    from tests.api.cast import make_scene

    return make_scene()


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def address(user: User) -> str:
    return f"/admin-support/users/{user.pk}"


def text_of(client: Client, user: User) -> str:
    """Without tags, each run of blanks as one."""
    answer = client.get(address(user))
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def test_support_shows_where_a_user_stands(root: Client, scene: Any) -> None:
    account = scene.ada.credit_account
    set_limits(account, daily_limit=700, reason="New here")
    charge(account, amount=11, key="k", reason="A block")
    hold(account, amount=22, key="h", expires_at=timezone.now() + timedelta(hours=1))
    issue(scene.ada, name="Nightly", daily_limit=33)
    execution = launch(scene.ada, scene.version, trigger=Trigger.API, inputs={"question": 1})
    account.refresh_from_db()
    text = text_of(root, scene.ada)
    assert f"Balance {account.balance:,}" in text
    assert "Held 22 " in text
    assert "Daily limit 700 " in text
    assert f"Can be spent {account.available:,} " in text
    for shown in ("Usage -11", "Nightly (", "Limits changed New here", scene.version.graph.name):
        assert shown in text
    assert f"/admin/executor/graphexecution/{execution.pk}/change/" in root.get(address(scene.ada)).content.decode()


def test_frozen_account_is_seen_at_once(root: Client, scene: Any) -> None:
    assert "Frozen since" not in text_of(root, scene.ada)
    freeze(scene.ada.credit_account, reason="Stolen <card>")
    text = text_of(root, scene.ada)
    assert "Frozen since" in text
    assert "Stolen &lt;card&gt;" in text


def test_page_of_the_user_leads_there(root: Client, scene: Any) -> None:
    page = root.get(f"/admin/accounts/user/{scene.ada.pk}/change/").content.decode()
    assert f'href="{address(scene.ada)}"' in page


def test_only_the_last_rows_are_shown_in_a_fixed_number_of_queries(root: Client, scene: Any) -> None:
    few = queries_of(root, scene.ada)
    for number in range(RECENT + 5):
        charge(scene.ada.credit_account, amount=1, key=f"k{number}", reason=f"Charge <{number}>")
        issue(scene.ada, name=f"Key {number}")
        launch(scene.ada, scene.version, trigger=Trigger.API, inputs={"question": number})
    assert queries_of(root, scene.ada) == few
    page = root.get(address(scene.ada)).content.decode()
    assert "Charge &lt;5&gt;" in page
    assert "Charge &lt;4&gt;" not in page


def test_unknown_user_is_not_found(root: Client) -> None:
    assert root.get("/admin-support/users/0197f000-0000-7000-8000-000000000001").status_code == 404


def test_nothing_can_be_sent_there(root: Client, scene: Any) -> None:
    assert root.post(address(scene.ada)).status_code == 405


def test_users_are_sent_to_sign_in(client: Client, scene: Any) -> None:
    client.force_login(scene.ada)
    assert client.get(address(scene.ada)).status_code == 302


@pytest.mark.parametrize("missing", PERMISSIONS)
def test_staff_need_every_permission(client: Client, scene: Any, missing: str) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    codenames = [permission.partition(".")[2] for permission in PERMISSIONS]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(clerk)
    assert client.get(address(scene.ada)).status_code == 200
    clerk.user_permissions.remove(Permission.objects.get(codename=missing.partition(".")[2]))
    assert client.get(address(scene.ada)).status_code == 403


def queries_of(client: Client, user: User) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(address(user))
    return len(queries)
