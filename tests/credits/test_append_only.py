"""The database itself keeps the ledger as it was written."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import ProtectedError

from credits.append_only import is_protected, protect
from credits.ledger import charge
from credits.models import Account, Transaction
from credits.statements import TRANSACTION
from tests.append_only import lifted
from tests.credits.cast import ada, amounts_of

pytestmark = pytest.mark.django_db

#: Without the generated ones.
COLUMNS = ", ".join(TRANSACTION)


def raw(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def account() -> Account:
    account = ada(100)
    charge(account, amount=30, key="k", reason="")
    return account


def change_by_save() -> None:
    row = Transaction.objects.get(key="k")
    row.amount = -1
    row.save()


CHANGES: dict[str, Callable[[], object]] = {
    "save": change_by_save,
    "update of a queryset": lambda: Transaction.objects.update(reason="other"),
    "delete": lambda: Transaction.objects.get(key="k").delete(),
    "delete of a queryset": lambda: Transaction.objects.all().delete(),
    "raw update": lambda: raw("UPDATE credits_transaction SET amount = 0 WHERE key = 'k'"),
    "raw delete": lambda: raw("DELETE FROM credits_transaction WHERE key = 'k'"),
    "upsert": lambda: raw(
        f"INSERT INTO credits_transaction ({COLUMNS}) SELECT {COLUMNS} FROM credits_transaction WHERE key = 'k' "
        "ON CONFLICT (id) DO UPDATE SET amount = 0"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_transaction_cannot_be_changed_or_deleted(account: Account, change: Callable[[], object]) -> None:
    # SQLite finds an upsert at its insert
    with pytest.raises(DatabaseError, match=r"credits_transaction( is append-only|$)"), transaction.atomic():
        change()
    assert amounts_of(account.pk) == [100, -30]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL has no REPLACE")
@pytest.mark.parametrize("same", ["id", "seq", "key"])
def test_row_cannot_be_replaced(account: Account, same: str) -> None:
    new = {"id": "'0123456789abcdef0123456789abcdef'", "seq": "99", "key": "'other'"}
    del new[same]
    values = ", ".join(new.get(name, name) for name in TRANSACTION)
    with pytest.raises(DatabaseError, match="UNIQUE constraint failed"), transaction.atomic():
        raw(
            f"INSERT OR REPLACE INTO credits_transaction ({COLUMNS}) "
            f"SELECT {values} FROM credits_transaction WHERE key = 'k'"
        )
    assert amounts_of(account.pk) == [100, -30]


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
def test_table_cannot_be_truncated(account: Account) -> None:
    raw("SET CONSTRAINTS ALL IMMEDIATE")  # otherwise the waiting foreign keys forbid it
    with pytest.raises(DatabaseError, match="credits_transaction is append-only"), transaction.atomic():
        raw("TRUNCATE credits_transaction CASCADE")
    assert amounts_of(account.pk) == [100, -30]


def test_user_with_an_account_cannot_be_deleted(account: Account) -> None:
    with pytest.raises(ProtectedError):
        account.user.delete()


def test_seq_and_key_are_unique_within_an_account(account: Account) -> None:
    row = Transaction.objects.get(key="k")
    row.pk = UUID(int=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        row.save(force_insert=True)


def test_triggers_are_there_again_after_they_were_lifted(account: Account) -> None:
    with lifted(connection):
        assert not is_protected(connection)
        raw("UPDATE credits_transaction SET reason = 'changed' WHERE key = 'k'")
    assert is_protected(connection)
    assert Transaction.objects.get(key="k").reason == "changed"


def test_protecting_twice_is_harmless(account: Account) -> None:
    protect(connection)
    assert is_protected(connection)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_flush_between_tests_empties_the_ledger_and_keeps_the_triggers(turn: int) -> None:
    assert is_protected(connection)
    assert amounts_of(ada(turn).pk) == [turn]
    assert Transaction.objects.count() == 1
