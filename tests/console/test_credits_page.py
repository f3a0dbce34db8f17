"""The credits page and its forms, as a browser gets them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.usage_bars import day_bars
from credits.codes import create_code
from credits.freezing import freeze, set_limits
from credits.holds import hold
from credits.ledger import refund, top_up
from credits.models import Account, Transaction
from credits.payments.auto_top_up import wish_of
from credits.payments.models import Payment
from credits.usage import Line
from tests.credits.spending_cast import execution, spend

CREDITS = "/credits"


@pytest.fixture
def scene(db: None) -> Any:
    from tests.api.cast import make_scene

    return make_scene()


@pytest.fixture
def browser(scene: Any) -> Client:
    """Ada has signed in."""
    client = Client()
    client.force_login(scene.ada)
    return client


@pytest.fixture
def account(scene: Any) -> Account:
    return Account.objects.get(user=scene.ada)


def text_of(client: Client, address: str = CREDITS) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return words(answer)


def words(answer: Any) -> str:
    """Without the markup, so that sentences are whole."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def send(client: Client, form: str, **fields: Any) -> str:
    """What the page says after a form was taken."""
    answer = client.post(f"{CREDITS}/{form}", fields, follow=True)
    assert answer.redirect_chain
    return words(answer)


def refused(client: Client, form: str, **fields: Any) -> str:
    answer = client.post(f"{CREDITS}/{form}", fields)
    assert answer.status_code == 400
    return words(answer)


def test_page_shows_the_balance_and_what_is_set_aside(browser: Client, account: Account) -> None:
    hold(account, amount=15, key="h", expires_at=datetime.now(UTC) + timedelta(hours=1))
    page = text_of(browser)
    assert "Balance 100 $1.00 Can be spent 85 Set aside 15 Spent today 15" in page
    assert "You owe" not in page
    assert "frozen" not in page


def test_every_page_leads_there_and_shows_the_balance(browser: Client) -> None:
    page = browser.get("/").content.decode()
    assert '<a class="credits" href="/credits">Credits <b class="money">100</b></a>' in page


@pytest.mark.parametrize("address", ["/", CREDITS])
def test_first_look_in_a_month_brings_the_refill(browser: Client, settings: Any, address: str) -> None:
    settings.MONTHLY_REFILL_CREDITS = 700
    assert "Balance 700 " in text_of(browser, address)


def test_reason_that_only_repeats_the_type_is_shown_once(browser: Client, account: Account) -> None:
    top_up(account, amount=10, key="t", reason="Top-up")
    page = text_of(browser)
    assert " Top-up " in page
    assert "Top-up Top-up" not in page
    assert "To begin with Grant" in page


def test_debt_comes_first(browser: Client, account: Account) -> None:
    refund(account, amount=300, key="r", reason="Money went back")
    page = text_of(browser)
    assert page.index("You owe 200 credits ($2.00)") < page.index("Used in the last 30 days")
    assert "Balance -200 -$2.00" in page


def test_frozen_account_is_told_so_but_not_why(browser: Client, account: Account) -> None:
    freeze(account, reason="Looks like a stolen card")
    page = text_of(browser)
    assert "Your credits are frozen" in page
    assert "stolen" not in page


def test_daily_limit_and_overdraft_are_shown(browser: Client, account: Account) -> None:
    set_limits(account, reason="Agreed", daily_limit=50, overdraft=25)
    page = text_of(browser)
    assert "Can be spent 125 with an overdraft of 25" in page
    assert "Spent today 0 of 50 at most" in page


def test_execution_is_one_line_under_its_graphs_name(browser: Client, account: Account, scene: Any) -> None:
    run = execution()
    for amount in (3, 4):
        spend(account, amount, on=run, graph=scene.version.graph_id)
    page = browser.get(CREDITS)
    assert f'<a href="/executions/{run}">Echo</a>' in page.content.decode()
    assert "2 paid nodes" in words(page)
    assert " -7 " in words(page)
    assert "Used in the last 30 days: 7" in words(page)


def test_older_items_are_on_the_next_page(browser: Client, account: Account) -> None:
    for _ in range(25):
        spend(account, 1, on=execution())
    first = browser.get(CREDITS).content.decode()
    assert "To begin with" not in first
    found = re.search(r'href="(\?cursor=[^"]+)#history"', first)
    assert found
    assert "To begin with" in text_of(browser, CREDITS + found[1].replace("&amp;", "&"))
    assert browser.get(f"{CREDITS}?cursor=made-up").status_code == 404


def test_number_of_queries_does_not_grow_with_the_history(browser: Client, account: Account) -> None:
    spend(account, 1, on=execution())
    with CaptureQueriesContext(connection) as few:
        browser.get(CREDITS)
    for _ in range(15):
        spend(account, 1, on=execution())
    with CaptureQueriesContext(connection) as many:
        browser.get(CREDITS)
    assert len(few) == len(many) <= 14


def test_code_is_redeemed(browser: Client, account: Account) -> None:
    _, text = create_code(amount=50, reason="Welcome")
    assert "Credits from the code: 50." in send(browser, "redeem", code=text.lower())
    account.refresh_from_db()
    assert account.balance == 150


def test_wrong_code_is_marked_at_its_form(browser: Client) -> None:
    assert "There is no such code" in refused(browser, "redeem", code="AAAA")
    assert "This field is required" in refused(browser, "redeem", code="")


def test_low_balance_threshold_is_stored(browser: Client, account: Account) -> None:
    send(browser, "threshold", low_balance_threshold="250")
    account.refresh_from_db()
    assert account.low_balance_threshold == 250
    assert 'value="250"' in browser.get(CREDITS).content.decode()
    assert "greater than or equal to 0" in refused(browser, "threshold", low_balance_threshold="-1")


def test_buying_leads_to_the_sandbox_and_back_with_the_credits(browser: Client, account: Account) -> None:
    assert "Sandbox: no real money is taken." in text_of(browser)
    form = {"credit_amount": "500", "key": "0197f000-0000-7000-8000-000000000001"}
    checkout = browser.post(f"{CREDITS}/top-up", form).headers["Location"]
    assert browser.post(f"{CREDITS}/top-up", form).headers["Location"] == checkout
    assert Payment.objects.count() == 1
    answer = browser.post(checkout, {"answer": "pay"}, follow=True)
    assert answer.redirect_chain[-1][0] == CREDITS
    account.refresh_from_db()
    assert account.balance == 600
    assert "The payment is credited. " in words(answer)
    assert "Saved card: Sandbox ending in" in words(answer)


def test_back_before_the_payment_has_arrived_promises_no_more_than_is_known(browser: Client) -> None:
    form = {"credit_amount": "500", "key": "0197f000-0000-7000-8000-000000000001"}
    browser.post(f"{CREDITS}/top-up", form)
    answer = browser.get(f"{CREDITS}?topup=success", follow=True)
    assert "The payment is credited once it has arrived." in words(answer)


def test_turning_back_buys_nothing(browser: Client, account: Account) -> None:
    form = {"credit_amount": "500", "key": "0197f000-0000-7000-8000-000000000001"}
    checkout = browser.post(f"{CREDITS}/top-up", form).headers["Location"]
    assert "Nothing was paid." in words(browser.post(checkout, {"answer": "cancel"}, follow=True))
    assert Transaction.objects.filter(account=account).count() == 1


@pytest.mark.parametrize("amount", ["499", "550", "", "1e3", "99999999999"])
def test_amount_that_cannot_be_bought_is_refused(browser: Client, amount: str) -> None:
    form = {"credit_amount": amount, "key": "0197f000-0000-7000-8000-000000000001"}
    assert browser.post(f"{CREDITS}/top-up", form).status_code == 400
    assert not Payment.objects.exists()


def test_automatic_top_up_needs_a_card_and_can_be_switched_off(browser: Client, account: Account) -> None:
    assert "No card is saved" in refused(browser, "auto-top-up", threshold="100", amount="500")
    assert "must not be less than the threshold" in refused(browser, "auto-top-up", threshold="900", amount="500")
    assert "switched off" in send(browser, "auto-top-up", threshold="0", amount="0")
    assert wish_of(account).amount == 0


def test_without_a_provider_nothing_can_be_bought(browser: Client, settings: Any) -> None:
    settings.SANDBOX_PAYMENTS = False
    page = text_of(browser)
    assert "no payment provider is set up" in page
    assert "Automatic top-up" not in page
    assert "no payment provider is set up" in send(browser, "manage")


@pytest.mark.parametrize("form", ["top-up", "auto-top-up", "redeem", "threshold", "manage"])
def test_forms_are_sent_and_only_by_who_has_signed_in(browser: Client, form: str) -> None:
    assert browser.get(f"{CREDITS}/{form}").status_code == 405
    assert Client().post(f"{CREDITS}/{form}").headers["Location"].startswith("/sign-in")
    assert Client(enforce_csrf_checks=True).get(CREDITS).headers["Location"].startswith("/sign-in")


def test_strangers_history_is_not_shown(browser: Client, account: Account, scene: Any) -> None:
    from accounts.models import User

    for _ in range(21):
        spend(account, 1, on=execution())
    found = re.search(r'href="(\?cursor=[^"]+)#history"', browser.get(CREDITS).content.decode())
    assert found
    stranger = Client()
    stranger.force_login(User.objects.get(email="grace@example.org"))
    assert "Nothing yet." in text_of(stranger)
    assert stranger.get(CREDITS + found[1]).status_code == 404


def test_bars_show_each_day_and_the_least_use_can_be_seen() -> None:
    days = [date(2026, 3, 1), date(2026, 3, 3)]
    lines = [Line(key=day, name="", credits=credits, count=1) for day, credits in zip(days, (1, 1000), strict=True)]
    bars = day_bars(lines, last=date(2026, 3, 3), days=4)
    assert [(bar.credits, bar.height) for bar in bars] == [(0, 0), (1, 2), (0, 0), (1000, 100)]


def test_day_on_which_more_came_back_than_was_used_is_empty() -> None:
    line = Line(key=date(2026, 3, 3), name="", credits=-5, count=0)
    assert [bar.height for bar in day_bars([line], last=date(2026, 3, 3), days=1)] == [0]


def test_number_with_hundreds_of_digits_is_refused_at_its_field(browser: Client) -> None:
    assert "less than or equal to" in refused(browser, "top-up", credit_amount="9" * 400)
    assert not Payment.objects.exists()
