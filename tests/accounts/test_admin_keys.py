"""API keys in the admin: what they may cost in a day can be changed, and whether they work; nothing else."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.errors import DailyLimitInvalid
from accounts.keys import DAILY_LIMIT_MAX, issue, set_daily_limit
from accounts.models import ApiKey, User

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]


@pytest.fixture
def key() -> ApiKey:
    return issue(User.objects.create_user("ada@example.org"), name="Nightly")[0]


def put(client: Client, key: ApiKey, **fields: str) -> int:
    """The answer's status."""
    return client.post(f"/admin/accounts/apikey/{key.pk}/change/", fields).status_code


def test_operator_sets_and_takes_away_the_daily_limit(client: Client, key: ApiKey) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    assert put(client, key, daily_limit="500", name="Another") == 302
    key.refresh_from_db()
    assert (key.daily_limit, key.name) == (500, "Nightly")
    assert put(client, key, daily_limit="") == 302
    key.refresh_from_db()
    assert key.daily_limit is None


@pytest.mark.parametrize("limit", ["-1", "1.5", "x", str(DAILY_LIMIT_MAX + 1)])
def test_limit_that_makes_no_sense_is_refused(client: Client, key: ApiKey, limit: str) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    assert put(client, key, daily_limit=limit) == 200
    key.refresh_from_db()
    assert key.daily_limit is None


@pytest.mark.parametrize("limit", [-1, DAILY_LIMIT_MAX + 1])
def test_verb_refuses_it_too(key: ApiKey, limit: int) -> None:
    with pytest.raises(DailyLimitInvalid):
        set_daily_limit(key, limit)


def test_staff_who_may_only_look_set_nothing(client: Client, key: ApiKey) -> None:
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    client.force_login(clerk)
    assert put(client, key, daily_limit="500") == 403
    key.refresh_from_db()
    assert key.daily_limit is None


def test_an_operator_suspends_with_a_reason_and_resumes(client: Client, key: ApiKey) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    act(client, key, "suspend", reason="")
    key.refresh_from_db()
    assert key.status == "ACTIVE"
    act(client, key, "suspend", reason="It sends spam.")
    key.refresh_from_db()
    assert (key.status, key.suspension_reason) == ("SUSPENDED", "It sends spam.")
    assert "It sends spam." in LogEntry.objects.get().change_message
    act(client, key, "resume", reason="It has stopped.")
    key.refresh_from_db()
    assert (key.status, key.suspension_reason) == ("ACTIVE", "")


def test_the_admin_shows_what_a_key_may_do(client: Client, key: ApiKey) -> None:
    client.force_login(User.objects.create_superuser("root@example.org"))
    page = client.get(f"/admin/accounts/apikey/{key.pk}/change/").content.decode()
    assert "READ_GRAPH" in page
    assert key.digest not in page


def act(client: Client, key: ApiKey, action: str, *, reason: str) -> None:
    client.post("/admin/accounts/apikey/", {"action": action, "reason": reason, "_selected_action": str(key.pk)})
