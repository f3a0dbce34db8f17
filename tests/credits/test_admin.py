"""Accounts and transactions in the admin."""

from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from credits.admin import credits_and_dollars
from credits.ledger import charge
from credits.models import Account, Transaction, TransactionType
from tests.credits.cast import ada, amounts_of, assert_adds_up

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

ACCOUNTS = "/admin/credits/account/"
TRANSACTIONS = "/admin/credits/transaction/"
KEY = "0197f000-0000-7000-8000-000000000001"


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def ask_for_a_grant(client: Client, account: Account, **fields: str) -> HttpResponse:
    wish = {"amount": "500", "reason": "Goodwill", "grant_key": KEY, **fields}
    data = {"action": "grant_credits", "_selected_action": str(account.pk), **wish}
    return client.post(ACCOUNTS, data, follow=True)


class Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("name"):
            self.values[str(found["name"])] = found.get("value") or ""


def test_admin_grants_with_a_reason(root: Client) -> None:
    account = ada(100)
    response = ask_for_a_grant(root, account)
    given = Transaction.objects.get(account=account, seq=2)
    assert (given.type, given.amount, given.reason) == (TransactionType.GRANT, 500, "Goodwill")
    assert given.actor == User.objects.get(email="root@example.org")
    assert "the balance is 600 ($6.00)" in response.content.decode()
    assert_adds_up()


def test_page_that_is_sent_twice_grants_once(root: Client) -> None:
    account = ada()
    key = {"grant_key": _key_on_page(root)}
    ask_for_a_grant(root, account, **key)
    ask_for_a_grant(root, account, **key)
    assert amounts_of(account.pk) == [500]


def test_each_page_has_a_key_of_its_own(root: Client) -> None:
    ada()
    assert _key_on_page(root) != _key_on_page(root)


@pytest.mark.parametrize("fields", [{"amount": "0"}, {"amount": "1.5"}, {"amount": ""}, {"reason": ""}])
def test_grant_without_an_amount_or_a_reason_is_refused(root: Client, fields: dict[str, str]) -> None:
    account = ada()
    response = ask_for_a_grant(root, account, **fields)
    assert f"{next(iter(fields)).capitalize()}: " in response.content.decode()
    assert amounts_of(account.pk) == []


def test_staff_without_the_permission_cannot_grant(client: Client) -> None:
    account = ada()
    clerk = User.objects.create_user("clerk@example.org", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_account"))
    client.force_login(clerk)
    ask_for_a_grant(client, account)
    assert amounts_of(account.pk) == []


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


@pytest.mark.parametrize(
    ("credits", "shown"),
    [(0, "0 ($0.00)"), (5, "5 ($0.05)"), (-150, "-150 (-$1.50)"), (1234567, "1,234,567 ($12,345.67)")],
)
def test_credits_are_shown_in_dollars_too(credits: int, shown: str) -> None:
    assert credits_and_dollars(credits) == shown


def _key_on_page(client: Client) -> str:
    page = Inputs()
    page.feed(client.get(ACCOUNTS).content.decode())
    return page.values["grant_key"]
