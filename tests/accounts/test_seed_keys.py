"""Keys that only seeds of second factors were sealed with are missed, too."""

import io
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from accounts.credentials.checks import misfit
from accounts.credentials.keyring import key_id
from accounts.credentials.missing_keys import unknown_keys
from accounts.models import User
from accounts.signing_in.adapter import SecondFactorAdapter
from config.up.checks import check_credential_keys
from config.up.errors import CannotStart

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def ada(db: None, settings: Any) -> User:
    """Her seed is sealed with the old key, and so are her recovery codes."""
    settings.CREDENTIAL_KEYS = [OLD]
    user = User.objects.create_user("ada@example.org")
    TOTP.activate(user, "SEED")
    RecoveryCodes.activate(user)
    return user


def rotate(*options: str) -> str:
    told = io.StringIO()
    call_command("rotate_keys", *options, stdout=told)
    return told.getvalue()


def test_key_that_still_seals_seeds_is_missed(ada: User, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [NEW]
    assert unknown_keys() == {key_id(OLD): 2}
    assert key_id(OLD) in misfit()
    assert "accounts.E002" in [error.id for error in run_checks(databases=["default"])]
    with pytest.raises(CannotStart, match=key_id(OLD)):
        check_credential_keys()


def test_key_may_go_once_seeds_are_sealed_anew(ada: User, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert unknown_keys() == {}
    assert "Second factors sealed with the newest key: 2." in rotate()
    settings.CREDENTIAL_KEYS = [NEW]
    assert misfit() == ""


def test_seeds_that_no_key_opens_are_named_and_only_given_up_when_asked(ada: User, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [NEW]
    TOTP.activate(User.objects.create_user("grace@example.org"), "KEPT")
    with pytest.raises(CommandError, match="second-factor:"):
        rotate()
    assert Authenticator.objects.count() == 3
    assert "Deleted: 2." in rotate("--delete-unreadable")
    assert SecondFactorAdapter().decrypt(Authenticator.objects.get().data["secret"]) == "KEPT"
    assert misfit() == ""


def test_authenticators_without_a_seed_stand_in_nobodys_way(ada: User, settings: Any) -> None:
    Authenticator.objects.all().update(data={})
    settings.CREDENTIAL_KEYS = [NEW]
    assert unknown_keys() == {}
    rotate()
