"""Keys: sealing, changing them while everything goes on, and a start with the wrong ones."""

import threading
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts.credentials.checks import misfit
from accounts.credentials.contents import Contents, opened, sealed
from accounts.credentials.errors import KeyInvalid, SecretUnreadable
from accounts.credentials.keyring import KeyRing, key_id
from accounts.credentials.models import StoredCredential
from accounts.credentials.rotating import reseal, rotate
from accounts.credentials.storing import make_credential
from accounts.credentials.types import CredentialType
from accounts.models import User
from config.up.checks import check_credential_keys
from config.up.errors import CannotStart
from executor.worker.keys import require_keys
from reliability.secrets import Secret
from tests.factories import make_user

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def ada(settings: Any, db: None) -> User:
    settings.CREDENTIAL_KEYS = [OLD]
    return make_user()


def stored(user: User, secret: str = "sk-canary-1") -> StoredCredential:
    return make_credential(
        user, provider="openai", type=CredentialType.API_KEY, contents=Contents(secret=Secret(secret))
    )


def again(credential: StoredCredential) -> StoredCredential:
    return StoredCredential.objects.get(id=credential.id)


def test_what_is_sealed_opens_for_its_owner_and_shows_nothing() -> None:
    ring = KeyRing([NEW, OLD])
    text = ring.seal("sk-canary-1", owner="credential:1")
    assert "canary" not in text
    assert text.startswith(f"{key_id(NEW)}.")
    assert ring.open(text, owner="credential:1").reveal() == "sk-canary-1"


def test_an_older_key_opens_what_it_has_sealed() -> None:
    assert KeyRing([NEW, OLD]).open(KeyRing([OLD]).seal("x", owner="a"), owner="a").reveal() == "x"


@pytest.mark.parametrize("change", ["another row", "another key", "another text", "no text"])
def test_whatever_does_not_fit_is_refused_without_showing_it(change: str) -> None:
    ring, owner = KeyRing([OLD]), "credential:1"
    text = ring.seal("sk-canary-1", owner=owner)
    text, owner, ring = {
        "another row": (text, "credential:2", ring),
        "another key": (text, owner, KeyRing([NEW])),
        "another text": (text[:-8] + "AAAAAAA=", owner, ring),
        "no text": ("", owner, ring),
    }[change]
    with pytest.raises(SecretUnreadable) as caught:
        ring.open(text, owner=owner)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("keys", [[], ["not a key"], [OLD, "short"]])
def test_what_is_no_key_is_refused_by_its_number(keys: list[str]) -> None:
    with pytest.raises(KeyInvalid) as caught:
        KeyRing(keys)
    assert not any(key in str(caught.value) for key in keys)


def test_a_row_with_the_secret_of_another_row_opens_nothing(ada: User) -> None:
    mine, other = stored(ada), stored(ada, "sk-canary-2")
    StoredCredential.objects.filter(id=mine.id).update(sealed=other.sealed)
    with pytest.raises(SecretUnreadable):
        opened(again(mine))


def test_rotating_seals_everything_with_the_newest_key(ada: User, settings: Any) -> None:
    credential = stored(ada)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    fresh = stored(ada, "sk-canary-2")
    assert rotate().resealed == 1
    assert again(fresh).sealed == fresh.sealed
    settings.CREDENTIAL_KEYS = [NEW]
    assert opened(again(credential)).secret == Secret("sk-canary-1")
    assert misfit() == ""


def test_rotating_twice_changes_nothing_more(ada: User, settings: Any) -> None:
    stored(ada)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert [rotate().resealed, rotate().resealed] == [1, 0]


def test_a_token_that_is_renewed_while_keys_change_is_not_overwritten(ada: User, settings: Any) -> None:
    credential = stored(ada)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    rows = rotating_rows(credential)
    renewed = sealed(credential, Contents(secret=Secret("sk-renewed")))
    StoredCredential.objects.filter(id=credential.id).update(sealed=renewed)
    assert rows() == 0
    assert opened(again(credential)).secret == Secret("sk-renewed")


def rotating_rows(credential: StoredCredential) -> Any:
    """The step of a rotation for this row as it is now, to be made later."""
    field: Any = StoredCredential._meta.get_field("sealed")
    read = again(credential)
    return lambda: reseal(read, field)


@pytest.mark.django_db(transaction=True)
def test_keys_change_while_others_read_and_write(settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [OLD]
    ada = make_user()
    credentials = [stored(ada, f"sk-canary-{number}") for number in range(30)]
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    faults: list[str] = []
    is_over = threading.Event()

    def read_and_write() -> None:
        try:
            while not is_over.is_set():
                for number, credential in enumerate(credentials):
                    row = again(credential)
                    if opened(row).secret.reveal().partition("+")[0] != f"sk-canary-{number}":
                        faults.append(f"{number} has another secret")
                    if number % 7 == 0:
                        text = sealed(row, Contents(secret=Secret(f"sk-canary-{number}+")))
                        StoredCredential.objects.filter(id=row.id, sealed=row.sealed).update(sealed=text)
        except Exception as error:  # the thread has nobody else to tell
            faults.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=read_and_write) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        while rotate().resealed:
            pass
    finally:
        is_over.set()
        for thread in threads:
            thread.join(30)
    assert faults == []
    settings.CREDENTIAL_KEYS = [NEW]
    assert misfit() == ""
    assert all(opened(again(credential)).secret for credential in credentials)


def test_a_start_with_the_wrong_key_names_the_two_ways_out(ada: User, settings: Any) -> None:
    stored(ada)
    settings.CREDENTIAL_KEYS = [NEW]
    found = [error for error in run_checks(databases=["default"]) if error.id == "accounts.E002"]
    assert key_id(OLD) in found[0].msg
    assert "CREDENTIAL_KEYS" in found[0].hint
    assert "--delete-unreadable" in found[0].hint
    with pytest.raises(CannotStart, match="--delete-unreadable"):
        check_credential_keys()


def test_a_worker_does_not_start_with_the_wrong_key(ada: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(ada)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)  # it would end the test's transaction
    require_keys()
    settings.CREDENTIAL_KEYS = [NEW]
    with pytest.raises(CommandError, match=key_id(OLD)):
        require_keys()


def test_a_key_that_is_none_stops_the_start(ada: User, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = ["not a key"]
    assert "accounts.E001" in [error.id for error in run_checks()]
    with pytest.raises(CannotStart, match="--new-key"):
        check_credential_keys()


def test_with_the_right_keys_nothing_is_found(ada: User) -> None:
    stored(ada)
    assert not [error for error in run_checks(databases=["default"]) if str(error.id).startswith("accounts.E")]
    check_credential_keys()


def test_what_no_key_opens_is_named_and_only_deleted_when_asked(ada: User, settings: Any) -> None:
    lost = stored(ada)
    settings.CREDENTIAL_KEYS = [NEW]
    kept = stored(ada, "sk-canary-2")
    with pytest.raises(CommandError, match=f"credential:{lost.id}"):
        call_command("rotate_keys")
    call_command("rotate_keys", "--delete-unreadable")
    assert list(StoredCredential.objects.all()) == [kept]
    assert misfit() == ""
