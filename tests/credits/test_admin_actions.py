"""What operators do in the admin: with a reason, after a preview, once, and only with the permission."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from credits.admin.acting import MOST_ROWS
from credits.freezing import freeze, set_limits, unfreeze
from credits.ledger import charge, grant, top_up
from credits.models import Account, AccountNote, Transaction, TransactionType
from tests.credits.admin_pages import ACCOUNTS, TRANSACTIONS, act, ask, confirm, inputs, preview
from tests.credits.cast import ada, amounts_of, assert_adds_up

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.admin_urls")]

ON_ACCOUNTS = ("grant_credits", "adjust_balance", "freeze_accounts", "unfreeze_accounts", "limit_accounts")


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root@example.org"))
    return client


def grace(credits: int) -> Account:
    account: Account = User.objects.create_user("grace@example.org").credit_account
    grant(account, amount=credits, key="start", reason="To begin with")
    account.refresh_from_db()
    return account


def fresh(account: Account) -> Account:
    return Account.objects.get(pk=account.pk)


def logged() -> list[str]:
    return list(LogEntry.objects.order_by("id").values_list("change_message", flat=True))


def test_owner_who_changes_a_setting_cannot_keep_operators_from_freezing(root: Client) -> None:
    account = ada(100)
    shown = preview(root, ACCOUNTS, "freeze_accounts", [account], reason="Stolen card")
    set_limits(account, low_balance_threshold=7, reason="Set by its owner", actor=account.user)
    confirm(root, ACCOUNTS, shown)
    assert fresh(account).frozen_at is not None


# --- Balances


def test_grant_shows_before_and_after_and_then_gives(root: Client) -> None:
    account = ada(100)
    shown = preview(root, ACCOUNTS, "grant_credits", [account], amount="500", reason="Goodwill")
    assert amounts_of(account.pk) == [100]
    page = shown.content.decode()
    assert "100 ($1.00)" in page
    assert "600 ($6.00)" in page
    done = confirm(root, ACCOUNTS, shown).content.decode()
    given = Transaction.objects.get(account=account, seq=2)
    assert (given.type, given.amount, given.reason) == (TransactionType.GRANT, 500, "Goodwill")
    assert given.actor == User.objects.get(email="root@example.org")
    assert "the balance is 600 ($6.00)" in done
    assert logged() == ["Granted 500 ($5.00); the balance is 600 ($6.00). Reason: Goodwill"]
    assert_adds_up()


def test_grant_goes_to_each_selected_account(root: Client) -> None:
    first, second, third = ada(1), grace(2), User.objects.create_user("eve@example.org").credit_account
    act(root, ACCOUNTS, "grant_credits", [first, second], amount="10", reason="Goodwill")
    assert [amounts_of(account.pk) for account in (first, second, third)] == [[1, 10], [2, 10], []]


def test_preview_that_is_sent_twice_grants_once(root: Client) -> None:
    account = ada()
    shown = preview(root, ACCOUNTS, "grant_credits", [account], amount="500", reason="Goodwill")
    confirm(root, ACCOUNTS, shown)
    again = confirm(root, ACCOUNTS, shown)
    assert amounts_of(account.pk) == [500]
    assert "Nothing was left to do." in again.content.decode()
    assert len(logged()) == 1


def test_each_preview_has_a_key_of_its_own(root: Client) -> None:
    account = ada()
    for _ in range(2):
        act(root, ACCOUNTS, "grant_credits", [account], amount="500", reason="Goodwill")
    assert amounts_of(account.pk) == [500, 500]


@pytest.mark.parametrize("amount", ["0", "1.5", "", "-1", str(2**53 + 1)])
def test_grant_of_no_sensible_amount_is_asked_again(root: Client, amount: str) -> None:
    assert_asked_again(root, amount=amount, reason="Goodwill")


def test_grant_without_a_reason_is_asked_again(root: Client) -> None:
    assert_asked_again(root, amount="5", reason=" ")


def assert_asked_again(root: Client, **wish: str) -> None:
    account = ada()
    shown = preview(root, ACCOUNTS, "grant_credits", [account], **wish)
    assert inputs(shown).steps == ["preview"]
    assert "errorlist" in shown.content.decode()
    confirm(root, ACCOUNTS, shown)
    assert amounts_of(account.pk) == []


def test_step_that_skips_the_preview_changes_nothing(root: Client) -> None:
    account = ada()
    fields = inputs(ask(root, ACCOUNTS, "grant_credits", [account])).values
    answer = root.post(ACCOUNTS, fields | {"amount": "5", "reason": "Goodwill", "step": "do"})
    assert inputs(answer).steps == ["do"]
    assert amounts_of(account.pk) == []


def test_balance_is_corrected_downwards(root: Client) -> None:
    account = ada(100)
    act(root, ACCOUNTS, "adjust_balance", [account], amount="-30", reason="Given by mistake")
    made = Transaction.objects.get(account=account, seq=2)
    assert (made.type, made.amount, made.running_balance) == (TransactionType.ADJUSTMENT, -30, 70)


def test_correction_that_cannot_be_taken_says_so_and_cannot_be_confirmed(root: Client) -> None:
    account = ada(100)
    shown = preview(root, ACCOUNTS, "adjust_balance", [account], amount="-101", reason="Given by mistake")
    assert "Not enough credits: 101 needed, 100 can be spent, 1 lacking." in shown.content.decode()
    assert inputs(shown).steps == []
    refused = confirm(root, ACCOUNTS, shown)
    assert "Not enough credits" in refused.content.decode()
    assert amounts_of(account.pk) == [100]
    assert logged() == []


def test_too_many_accounts_at_once_are_refused(root: Client) -> None:
    for number in range(MOST_ROWS + 1):
        User.objects.create_user(f"user{number}@example.org")
    shown = root.post(
        ACCOUNTS,
        {"action": "grant_credits", "_selected_action": str(Account.objects.first().pk), "select_across": "1"},  # type: ignore[union-attr]
        follow=True,
    )
    assert f"At most {MOST_ROWS} at a time" in shown.content.decode()


# --- Freezing and limits


def test_account_is_frozen_and_freed(root: Client) -> None:
    account = ada(100)
    act(root, ACCOUNTS, "freeze_accounts", [account], reason="Stolen card")
    assert fresh(account).frozen_reason == "Stolen card"
    act(root, ACCOUNTS, "unfreeze_accounts", [account], reason="It was hers")
    assert fresh(account).frozen_at is None
    notes = AccountNote.objects.order_by("created_at").values_list("kind", "actor__email")
    assert list(notes) == [("FREEZE", "root@example.org"), ("UNFREEZE", "root@example.org")]
    assert logged() == ["Frozen. Reason: Stolen card", "Unfrozen. Reason: It was hers"]


def test_page_about_what_was_changed_since_is_shown_again(root: Client) -> None:
    """A freeze that is sent twice does not freeze again what somebody has freed in the meantime."""
    account = ada(100)
    shown = preview(root, ACCOUNTS, "freeze_accounts", [account], reason="Stolen card")
    confirm(root, ACCOUNTS, shown)
    unfreeze(account, reason="It was hers")
    again = confirm(root, ACCOUNTS, shown)
    assert "Please look again" in again.content.decode()
    assert fresh(account).frozen_at is None


def test_frozen_account_has_nothing_to_freeze(root: Client) -> None:
    account = ada(100)
    freeze(account, reason="Stolen card")
    shown = preview(root, ACCOUNTS, "freeze_accounts", [account], reason="Once more")
    assert "Nothing changes." in shown.content.decode()
    assert inputs(shown).steps == []


def test_limits_are_shown_and_set(root: Client) -> None:
    account = ada(100)
    shown = preview(root, ACCOUNTS, "limit_accounts", [account], daily_limit="50", overdraft="20", reason="New here")
    page = shown.content.decode()
    assert "50 ($0.50)" in page
    assert "Low balance threshold" not in page
    confirm(root, ACCOUNTS, shown)
    changed = fresh(account)
    assert (changed.daily_limit, changed.overdraft, changed.low_balance_threshold) == (50, 20, 500)


def test_daily_limit_is_taken_away(root: Client) -> None:
    account = set_limits(ada(100), daily_limit=50, reason="New here")
    act(root, ACCOUNTS, "limit_accounts", [account], no_daily_limit="on", reason="Known by now")
    assert fresh(account).daily_limit is None


@pytest.mark.parametrize("wish", [{}, {"overdraft": "-1"}, {"daily_limit": "5", "no_daily_limit": "on"}])
def test_limits_that_make_no_sense_are_asked_again(root: Client, wish: dict[str, str]) -> None:
    account = ada(100)
    shown = preview(root, ACCOUNTS, "limit_accounts", [account], reason="New here", **wish)
    assert inputs(shown).steps == ["preview"]


def test_overdraft_that_is_used_cannot_be_taken_away(root: Client) -> None:
    account = set_limits(ada(100), overdraft=50, reason="Good customer")
    charge(account, amount=120, key="k", reason="AI Text")
    shown = preview(root, ACCOUNTS, "limit_accounts", [account], overdraft="10", reason="No more")
    assert inputs(shown).steps == []
    confirm(root, ACCOUNTS, shown)
    assert fresh(account).overdraft == 50


# --- Reversals


def test_charge_is_given_back_by_a_linked_row(root: Client) -> None:
    account = ada(100)
    charged = charge(account, amount=40, key="k", reason="AI Text")
    shown = preview(root, TRANSACTIONS, "reverse_transactions", [charged], reason="It was our fault")
    assert "60 ($0.60)" in shown.content.decode()
    confirm(root, TRANSACTIONS, shown)
    again = confirm(root, TRANSACTIONS, shown)
    assert amounts_of(account.pk) == [100, -40, 40]
    assert Transaction.objects.get(reverses=charged).actor == User.objects.get(email="root@example.org")
    assert "Nothing was left to do." in again.content.decode()
    assert_adds_up()


def test_preview_of_several_rows_goes_on_from_one_to_the_next(root: Client) -> None:
    account = ada(100)
    rows = [charge(account, amount=amount, key=f"k{amount}", reason="AI Text") for amount in (10, 20)]
    page = preview(root, TRANSACTIONS, "reverse_transactions", rows, reason="It was our fault").content.decode()
    assert [shown in page for shown in ("70 ($0.70)", "80 ($0.80)", "100 ($1.00)")] == [True] * 3


def test_bought_credits_are_refunded_where_their_payment_is(root: Client) -> None:
    account = ada()
    bought = top_up(account, amount=500, key="payment:1", reason="Top-up")
    shown = preview(root, TRANSACTIONS, "reverse_transactions", [bought], reason="Wants it back")
    assert "where its payment is" in shown.content.decode()
    confirm(root, TRANSACTIONS, shown)
    assert amounts_of(account.pk) == [500]


def test_reversal_cannot_be_reversed_nor_what_was_spent(root: Client) -> None:
    account = ada(100)
    charged = charge(account, amount=40, key="k", reason="AI Text")
    act(root, TRANSACTIONS, "reverse_transactions", [charged], reason="It was our fault")
    reversal = Transaction.objects.get(reverses=charged)
    act(root, TRANSACTIONS, "reverse_transactions", [reversal], reason="It was not")
    charge(account, amount=90, key="l", reason="AI Text")
    act(root, TRANSACTIONS, "reverse_transactions", [Transaction.objects.get(key="start")], reason="Not meant")
    assert amounts_of(account.pk) == [100, -40, 40, -90]


# --- Permissions


@pytest.mark.parametrize("action", ON_ACCOUNTS)
def test_staff_who_may_only_look_change_nothing(client: Client, action: str) -> None:
    account = ada(100)
    before = fresh(account)
    client.force_login(clerk("view_account"))
    wish = {"amount": "5", "reason": "Goodwill", "daily_limit": "5"}
    page = preview(client, ACCOUNTS, action, [account], **wish)
    assert inputs(page).steps == []
    forged = {"page": "0197f000-0000-7000-8000-000000000001", "notes": "0", "step": "do"}
    client.post(ACCOUNTS, {"action": action, "_selected_action": str(account.pk), **wish, **forged})
    assert (amounts_of(account.pk), fresh(account).daily_limit, fresh(account).frozen_at) == (
        [100],
        before.daily_limit,
        before.frozen_at,
    )


def test_giving_and_limiting_are_two_permissions(client: Client) -> None:
    account = ada(100)
    client.force_login(clerk("view_account", "change_account"))
    act(client, ACCOUNTS, "grant_credits", [account], amount="5", reason="Goodwill")
    act(client, ACCOUNTS, "freeze_accounts", [account], reason="Stolen card")
    assert (amounts_of(account.pk), fresh(account).frozen_reason) == ([100], "Stolen card")


def test_staff_who_may_only_look_reverse_nothing(client: Client) -> None:
    account = ada(100)
    client.force_login(clerk("view_transaction"))
    act(client, TRANSACTIONS, "reverse_transactions", [Transaction.objects.get(key="start")], reason="Not meant")
    assert amounts_of(account.pk) == [100]


def clerk(*codenames: str) -> User:
    user = User.objects.create_user("clerk@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="credits"))
    return user
