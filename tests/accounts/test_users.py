"""Making users: with their credit account, or not at all."""

import io
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.errors import UserNotFound
from accounts.events import user_created
from accounts.keys import issue, user_for_key
from accounts.models import User
from credits.models import Account


@pytest.mark.django_db
def test_new_user_has_an_empty_account() -> None:
    user = User.objects.create_user("ada@example.org", "a good password")
    assert (user.credit_account.balance, user.credit_account.last_seq) == (0, 0)
    assert not user.is_staff


@pytest.mark.django_db
def test_address_counts_in_any_case() -> None:
    user = User.objects.create_user("Ada@Example.org", "a good password")
    assert user.email == "ada@example.org"
    assert User.objects.by_email(" ADA@example.org") == user
    assert authenticate(username="aDa@example.ORG", password="a good password") == user


@pytest.mark.django_db
def test_address_in_another_case_is_the_same_address_for_the_database() -> None:
    User.objects.create_user("ada@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ADA@example.org")])
    with pytest.raises(ValidationError, match="exists"):
        User(email="ADA@example.org", password="x").full_clean()


@pytest.mark.django_db
def test_unknown_address_is_not_found() -> None:
    with pytest.raises(UserNotFound):
        User.objects.by_email("grace@example.org")


@pytest.mark.django_db(transaction=True)
def test_user_and_account_are_undone_together() -> None:
    with transaction.atomic():
        User.objects.create_user("ada@example.org")
        transaction.set_rollback(True)
    assert (User.objects.count(), Account.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_listener_that_fails_undoes_the_user_and_the_account() -> None:
    def refuse(**kwargs: Any) -> None:
        raise ValueError("no")

    user_created.connect(refuse)
    try:
        with pytest.raises(ValueError, match="no"):
            User.objects.create_user("ada@example.org")
    finally:
        user_created.disconnect(refuse)
    assert (User.objects.count(), Account.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_createsuperuser_works_with_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a good password")
    call_command("createsuperuser", email="Root@example.org", interactive=False, stdout=io.StringIO())
    user = authenticate(username="root@example.org", password="a good password")
    assert isinstance(user, User)
    assert user.is_staff
    assert user.is_superuser
    assert user.credit_account.balance == 0


@pytest.mark.django_db
def test_createsuperuser_refuses_an_address_that_is_none() -> None:
    with pytest.raises(CommandError, match="valid email"):
        call_command("createsuperuser", email="root", interactive=False)


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def user_form(email: str) -> dict[str, str]:
    password = "a rather good one"
    return {"email": email, "name": "", "usable_password": "true", "password1": password, "password2": password}


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_user_made_in_the_admin_has_an_account(root: Client) -> None:
    response = root.post("/admin/accounts/user/add/", user_form("Ada@example.org"))
    assert response.status_code == 302
    assert User.objects.by_email("ada@example.org").credit_account.balance == 0
    assert authenticate(username="ada@example.org", password="a rather good one") is not None


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_admin_says_that_an_address_is_taken(root: Client) -> None:
    response = root.post("/admin/accounts/user/add/", user_form("ROOT@example.org"))
    assert "A user with this e-mail address exists." in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_admin_changes_a_user(root: Client) -> None:
    user = User.objects.create_user("ada@example.org")
    path = f"/admin/accounts/user/{user.pk}/change/"
    assert root.get(path).status_code == 200
    root.post(path, {"email": "ada@example.org", "name": "Ada", "timezone": "Europe/Berlin", "is_active": "on"})
    user.refresh_from_db()
    assert (user.name, user.timezone) == ("Ada", "Europe/Berlin")


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_admin_revokes_keys_and_cannot_change_them(root: Client) -> None:
    key, plain = issue(User.objects.create_user("ada@example.org"), name="laptop")
    page = "/admin/accounts/apikey/"
    assert root.get(f"{page}{key.pk}/change/").status_code == 200
    assert key.digest not in root.get(f"{page}{key.pk}/change/").content.decode()
    assert root.get(f"{page}add/").status_code == root.get(f"{page}{key.pk}/delete/").status_code == 403
    root.post(page, {"action": "revoke", "_selected_action": str(key.pk)})
    assert user_for_key(plain) is None
