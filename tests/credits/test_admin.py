"""Accounts and transactions in the admin: what is shown, and who may see it."""

import pytest
from django.test import Client

from accounts.models import User
from credits.amounts import credits_and_dollars
from credits.freezing import freeze
from credits.ledger import charge
from credits.models import Transaction
from tests.credits.admin_pages import ACCOUNTS, TRANSACTIONS
from tests.credits.cast import ada, amounts_of, assert_adds_up

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def test_nothing_can_be_added_changed_or_deleted(root: Client) -> None:
    account = ada(100)
    row = Transaction.objects.get(account=account)
    for path in (
        f"{ACCOUNTS}add/",
        f"{TRANSACTIONS}add/",
        f"{ACCOUNTS}{account.pk}/delete/",
        f"{TRANSACTIONS}{row.pk}/delete/",
    ):
        assert root.get(path).status_code == 403
    root.post(f"{ACCOUNTS}{account.pk}/change/", {"balance": "999"})
    root.post(f"{TRANSACTIONS}{row.pk}/change/", {"amount": "999"})
    assert amounts_of(account.pk) == [100]
    assert_adds_up()


def test_transactions_are_found_by_email_and_show_credits_and_dollars(root: Client) -> None:
    account = ada(12345)
    charge(account, amount=7, key="k", reason="AI Text")
    assert "-7 (-$0.07)" in root.get(f"{TRANSACTIONS}?q=ada@").content.decode()
    assert "AI Text" not in root.get(f"{TRANSACTIONS}?q=grace@").content.decode()
    assert root.get(f"{TRANSACTIONS}{Transaction.objects.get(key='k').pk}/change/").status_code == 200


def test_transaction_leads_to_its_execution_and_its_account(root: Client) -> None:
    account = ada(100)
    execution = "0197f000-0000-7000-8000-00000000abcd"
    charge(account, amount=7, key="k", reason="AI Text", reference={"execution": execution})
    page = root.get(f"{TRANSACTIONS}?q={execution}").content.decode()
    detail = root.get(f"{TRANSACTIONS}{Transaction.objects.get(key='k').pk}/change/").content.decode()
    assert f'href="/admin/executor/graphexecution/{execution}/change/"' in page
    assert f'href="/admin/executor/graphexecution/{execution}/change/"' in detail
    assert f'href="{ACCOUNTS}{account.pk}/change/"' in page
    assert "To begin with" not in page


def test_frozen_accounts_are_found_and_tell_who_did_it_and_why(root: Client) -> None:
    account = ada()
    assert "ada@example.org" not in root.get(f"{ACCOUNTS}?frozen=yes").content.decode()
    freeze(account, reason="Stolen card", actor=User.objects.get(email="root@example.org"))
    assert "ada@example.org" in root.get(f"{ACCOUNTS}?frozen=yes").content.decode()
    page = root.get(f"{ACCOUNTS}{account.pk}/change/").content.decode()
    assert "Stolen card" in page
    assert "root@example.org" in page


@pytest.mark.parametrize(
    ("credits", "shown"),
    [(0, "0 ($0.00)"), (5, "5 ($0.05)"), (-150, "-150 (-$1.50)"), (1234567, "1,234,567 ($12,345.67)")],
)
def test_credits_are_shown_in_dollars_too(credits: int, shown: str) -> None:
    assert credits_and_dollars(credits) == shown
