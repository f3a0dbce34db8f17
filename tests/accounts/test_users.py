"""Making users: with their credit account, or not at all."""

import io
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.contrib import admin
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.addresses import is_verified
from accounts.errors import UserNotFound
from accounts.events import access_ended, user_created
from accounts.keys import issue, user_for_key
from accounts.models import User
from accounts.signing_in.adapter import SecondFactorAdapter
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


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_admin_closes_accounts_with_a_reason_and_tells_who_must_go(
    root: Client, django_capture_on_commit_callbacks: Any
) -> None:
    user, told = User.objects.create_user("ada@example.org"), []
    plain = issue(user, name="laptop")[1]

    def hear(event: Any, **kwargs: Any) -> None:
        told.append((event.user_id, event.api_key_id, event.session_key))

    access_ended.connect(hear)
    with django_capture_on_commit_callbacks(execute=True):
        act(root, user, "close", reason="")
        assert user_for_key(plain) == user
        act(root, user, "close", reason="It was asked for.")
        act(root, user, "close", reason="Twice.")
    access_ended.disconnect(hear)
    assert told == [(str(user.pk), None, None)]
    assert user_for_key(plain) is None
    act(root, user, "open", reason="It was an error.")
    assert user_for_key(plain) == user


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_admin_removes_a_lost_second_factor(root: Client) -> None:
    user = User.objects.create_user("ada@example.org")
    Authenticator.objects.create(user=user, type="totp", data={})
    act(root, user, "remove_second_factor", reason="Her phone is lost.")
    assert not Authenticator.objects.exists()


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_address_that_an_operator_enters_is_the_only_one_that_leads_to_the_account(root: Client) -> None:
    user = User.objects.create_user("ada@example.org")
    EmailAddress.objects.create(user=user, email="ada@example.org", verified=False, primary=True)
    assert not is_verified(user)
    sent = {"email": "Ada@New.example.org", "timezone": "UTC", "is_active": "on"}
    root.post(f"/admin/accounts/user/{user.pk}/change/", sent)
    user.refresh_from_db()
    assert (user.email, is_verified(user), EmailAddress.objects.count()) == ("ada@new.example.org", True, 0)


@pytest.mark.django_db
@pytest.mark.urls("tests.admin_urls")
def test_password_from_an_operator_ends_what_was_signed_in(
    root: Client, django_capture_on_commit_callbacks: Any
) -> None:
    user, told = User.objects.create_user("ada@example.org", "a rather good one"), []

    def hear(event: Any, **kwargs: Any) -> None:
        told.append(event.user_id)

    access_ended.connect(hear)
    sent = {"usable_password": "true", "password1": "another good one", "password2": "another good one"}
    with django_capture_on_commit_callbacks(execute=True):
        assert root.post(f"/admin/accounts/user/{user.pk}/password/", sent).status_code == 302
    access_ended.disconnect(hear)
    assert told == [str(user.pk)]


def test_seeds_and_addresses_have_no_pages_in_the_admin() -> None:
    assert not any(admin.site.is_registered(model) for model in (Authenticator, EmailAddress))


@pytest.mark.django_db
def test_seeds_are_sealed_anew_when_keys_change(settings: Any) -> None:
    user, old, new = User.objects.create_user("ada@example.org"), *(Fernet.generate_key().decode() for _ in range(2))
    settings.CREDENTIAL_KEYS = [old]
    TOTP.activate(user, "SEED")
    settings.CREDENTIAL_KEYS = [new, old]
    call_command("rotate_keys", stdout=io.StringIO())
    settings.CREDENTIAL_KEYS = [new]
    sealed = Authenticator.objects.get().data["secret"]
    assert "SEED" not in sealed
    assert SecondFactorAdapter().decrypt(sealed) == "SEED"


def act(client: Client, user: User, action: str, *, reason: str) -> None:
    client.post("/admin/accounts/user/", {"action": action, "reason": reason, "_selected_action": str(user.pk)})
