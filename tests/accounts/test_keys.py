"""API keys: made, used, worn out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.errors import KeyNameInvalid
from accounts.key_status import revoke
from accounts.keys import find, issue, user_for_key
from accounts.models import ApiKey, User
from api.scopes import Scope

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org")


def test_key_lets_its_user_in(ada: User) -> None:
    _, plain = issue(ada, name="laptop")
    assert user_for_key(plain) == ada


def test_key_begins_with_its_head_and_the_secret_is_not_kept(ada: User) -> None:
    key, plain = issue(ada, name="laptop")
    prefix, head, secret = plain.split("_", 2)
    assert (prefix, head) == ("slk", key.head)
    assert secret not in str(ApiKey.objects.filter(pk=key.pk).values().get())
    assert len(secret) == 43


def test_two_keys_differ(ada: User) -> None:
    assert issue(ada, name="a")[1] != issue(ada, name="a")[1]


@pytest.mark.parametrize("plain", ["", "x", "slk_", "slk_zz_zz", "\x00", "ünï"])
def test_text_that_is_no_key_lets_nobody_in(plain: str) -> None:
    assert user_for_key(plain) is None


@pytest.mark.parametrize("change", ["x{}", "{}x", "{}\n", " {}", "{}\x00"])
def test_key_with_something_around_it_lets_nobody_in(ada: User, change: str) -> None:
    _, plain = issue(ada, name="laptop")
    assert user_for_key(change.format(plain)) is None


def test_right_head_with_a_wrong_secret_lets_nobody_in(ada: User) -> None:
    _, plain = issue(ada, name="laptop")
    last = "A" if plain[-1] != "A" else "B"
    assert user_for_key(plain[:-1] + last) is None


def test_secret_of_another_key_lets_nobody_in(ada: User) -> None:
    grace = User.objects.create_user("grace@example.org")
    (_, plain), (other, _) = issue(ada, name="a"), issue(grace, name="b")
    assert user_for_key(f"slk_{other.head}_{plain.split('_', 2)[2]}") is None


def test_key_ends_at_its_expiry(ada: User) -> None:
    _, plain = issue(ada, name="laptop", expires_at=NOW)
    assert user_for_key(plain, now=NOW - timedelta(seconds=1)) == ada
    assert user_for_key(plain, now=NOW) is None


def test_revoked_key_lets_nobody_in_and_stays_revoked(ada: User) -> None:
    key, plain = issue(ada, name="laptop")
    assert revoke(key, now=NOW)
    assert not revoke(key, now=NOW + timedelta(days=1))
    assert user_for_key(plain) is None
    assert ApiKey.objects.get(pk=key.pk).revoked_at == NOW


def test_key_of_an_inactive_user_lets_nobody_in(ada: User) -> None:
    _, plain = issue(ada, name="laptop")
    User.objects.update(is_active=False)
    assert user_for_key(plain) is None


def test_use_is_noted_once_a_minute(ada: User) -> None:
    key, plain = issue(ada, name="laptop")
    for seconds in (0, 59, 60, 100):
        find(plain, now=NOW + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == NOW + timedelta(seconds=60 if seconds >= 60 else 0)


def test_refused_key_is_not_noted_as_used(ada: User) -> None:
    key, plain = issue(ada, name="laptop", expires_at=NOW)
    find(plain, now=NOW)
    key.refresh_from_db()
    assert key.last_used_at is None


@pytest.mark.parametrize("name", ["", "  ", "n" * 81])
def test_key_needs_a_name_that_fits(ada: User, name: str) -> None:
    with pytest.raises(KeyNameInvalid):
        issue(ada, name=name)


def test_command_prints_the_key_once_alone(ada: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "Ada@example.org", name="laptop")
    assert user_for_key(capsys.readouterr().out.strip()) == ada
    assert ApiKey.objects.get().name == "laptop"


def test_command_says_that_there_is_no_such_user() -> None:
    with pytest.raises(CommandError, match=r"There is no user grace@example\.org"):
        call_command("create_api_key", "grace@example.org", name="laptop")


def test_command_makes_a_key_that_may_do_everything_or_what_is_named(
    ada: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("create_api_key", "ada@example.org", name="all")
    call_command("create_api_key", "ada@example.org", name="some", scope=["READ_RUN", "RUN_AGENT"], expires_days=2)
    everything, some = (find(plain) for plain in capsys.readouterr().out.split())
    assert everything is not None
    assert some is not None
    assert everything.scopes == sorted(Scope)
    assert some.scopes == ["EXECUTE_GRAPH", "READ_RUN"]
    assert some.expires_at is not None
    assert some.expires_at - some.created_at > timedelta(days=1, hours=23)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scope": ["FLY"]}, "no scope FLY"),
        ({"expires_days": 0}, "from 1 to"),
        ({"expires_days": 10**9}, "from 1 to"),
        ({"daily_limit": -1}, "daily_limit"),
    ],
)
def test_command_says_what_makes_no_sense(ada: User, options: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("create_api_key", "ada@example.org", name="odd", **options)
    assert not ApiKey.objects.exists()
