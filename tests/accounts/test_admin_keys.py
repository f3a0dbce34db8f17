"""API keys in the admin: what they may cost in a day can be changed, nothing else."""

import pytest
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
