"""Charging a saved card when the balance is low: one at a time, within limits, never twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from credits.ledger import charge, grant
from credits.models import Account, Transaction
from credits.payments import tasks
from credits.payments.auto_top_up import CARD_CHECKS_MAX, auto_top_up, low_accounts, set_auto_top_up
from credits.payments.auto_top_up_record import back_off
from credits.payments.errors import NoCard, ProviderUnavailable, TooManyCheckouts
from credits.payments.models import AutoTopUp, Payment
from credits.payments.reconciliation import expire_pending, reconcile_payments
from tests.credits.cast import amounts_of, assert_adds_up
from tests.credits.payments.cast import Shop
from tests.credits.test_races import at_once

INTENTS = "/v1/payment_intents"


def wish(shop: Shop, threshold: int = 500, amount: int = 1000) -> AutoTopUp:
    """Stored as it is, without a charge or a check."""
    return AutoTopUp.objects.create(account=shop.account, threshold=threshold, amount=amount)


def low(shop: Shop) -> None:
    shop.save_card()
    wish(shop)


def test_low_balance_is_topped_up_once_by_many_triggers(shop: Shop) -> None:
    low(shop)
    made = at_once(100, lambda number: auto_top_up(shop.account, now=timezone.now()))
    assert sum(payment is not None for payment in made) == 1
    assert shop.stripe.count("POST", INTENTS) == 1
    assert amounts_of(shop.account.pk) == [1000]
    assert_adds_up()


def test_clocks_at_once_top_up_once(shop: Shop) -> None:
    low(shop)
    assert sum(at_once(4, lambda number: tasks.auto_top_ups())) == 1
    row = Transaction.objects.get()
    assert (row.type, row.amount, row.reason) == ("TOP_UP", 1000, "Automatic top-up")


def test_balance_at_the_threshold_is_not_topped_up(shop: Shop) -> None:
    low(shop)
    grant(shop.account, amount=500, key="g", reason="To begin with")
    assert low_accounts(now=timezone.now()) == []
    assert auto_top_up(shop.account, now=timezone.now()) is None
    charge(shop.account, amount=1, key="k", reason="Used")
    assert tasks.auto_top_ups() == 1
    assert shop.balance == 1499


def test_charging_credits_never_charges_a_card(shop: Shop) -> None:
    low(shop)
    grant(shop.account, amount=500, key="g", reason="To begin with")
    before = len(shop.stripe.calls)
    with transaction.atomic():
        charge(shop.account, amount=100, key="k", reason="Used")
    assert len(shop.stripe.calls) == before


def test_frozen_account_is_not_topped_up(shop: Shop) -> None:
    low(shop)
    Account.objects.filter(pk=shop.account.pk).update(frozen_at=timezone.now())
    assert tasks.auto_top_ups() == 0
    assert auto_top_up(shop.account, now=timezone.now()) is None


def test_declines_back_off_and_end_after_three_tries_a_day(shop: Shop) -> None:
    low(shop)
    shop.stripe.declines = True
    start = timezone.now()
    for minutes in range(0, 24 * 60, 5):
        for _ in low_accounts(now=start + timedelta(minutes=minutes)):
            auto_top_up(shop.account, now=start + timedelta(minutes=minutes))
    tries = list(Payment.objects.order_by("created_at").values_list("created_at", flat=True))
    assert [(moment - start).total_seconds() // 60 for moment in tries] == [0, 15, 135]
    assert shop.stripe.count("POST", INTENTS) == 3
    assert set(Payment.objects.values_list("status", "failure")) == {("FAILED", "Your card was declined.")}
    assert amounts_of(shop.account.pk) == []


def test_three_failures_a_day_are_the_limit_even_if_the_back_off_is_gone(shop: Shop) -> None:
    low(shop)
    shop.stripe.declines = True
    for _ in range(5):
        AutoTopUp.objects.update(next_try_at=None)
        auto_top_up(shop.account, now=timezone.now())
    assert Payment.objects.count() == 3


def test_success_ends_the_back_off(shop: Shop) -> None:
    low(shop)
    shop.stripe.declines = True
    auto_top_up(shop.account, now=timezone.now())
    assert AutoTopUp.objects.get().failures == 1
    shop.stripe.declines = False
    later = timezone.now() + back_off(1)
    auto_top_up(shop.account, now=later)
    row = AutoTopUp.objects.get()
    assert (row.failures, row.next_try_at, shop.balance) == (0, None, 1000)


def test_back_off_grows() -> None:
    assert [back_off(failures) for failures in (1, 2, 3, 9)] == [
        timedelta(minutes=15),
        timedelta(hours=2),
        timedelta(hours=24),
        timedelta(hours=24),
    ]


def test_daily_maximum_is_kept(shop: Shop, settings: Any) -> None:
    settings.AUTO_TOP_UP_DAILY_MAX_CREDITS = 2500
    low(shop)
    for number in range(4):
        auto_top_up(shop.account, now=timezone.now())
        charge(shop.account, amount=shop.balance, key=f"k{number}", reason="Used") if shop.balance else None
    assert Payment.objects.filter(status="PAID").count() == 2
    assert shop.stripe.count("POST", INTENTS) == 2
    assert low_accounts(now=timezone.now()) == []
    assert auto_top_up(shop.account, now=timezone.now() + timedelta(hours=25)) is not None


def test_answer_that_was_lost_is_found_out_and_the_card_is_not_charged_again(shop: Shop) -> None:
    """The crash between Stripe's success and our commit."""
    low(shop)
    shop.stripe.lost.append(f"POST {INTENTS}")
    with pytest.raises(ProviderUnavailable):
        auto_top_up(shop.account, now=timezone.now())
    assert auto_top_up(shop.account, now=timezone.now()) is None
    assert tasks.auto_top_ups() == 0
    later = timezone.now() + timedelta(minutes=10)
    at_once(4, lambda number: reconcile_payments(now=later))
    assert shop.stripe.count("POST", INTENTS) == 1
    assert amounts_of(shop.account.pk) == [1000]


def test_unknown_answer_never_leads_to_another_card(shop: Shop) -> None:
    low(shop)
    shop.save_card()
    shop.stripe.lost.append(f"POST {INTENTS}")
    with pytest.raises(ProviderUnavailable):
        auto_top_up(shop.account, now=timezone.now())
    assert shop.stripe.count("POST", INTENTS) == 1


def test_try_that_never_reached_stripe_ends_as_a_failure(shop: Shop) -> None:
    low(shop)
    shop.stripe.down = True
    with pytest.raises(ProviderUnavailable):
        auto_top_up(shop.account, now=timezone.now())
    shop.stripe.down = False
    later = timezone.now() + timedelta(hours=2)
    assert expire_pending(now=later) == 1
    assert (Payment.objects.get().status, AutoTopUp.objects.get().failures) == ("EXPIRED", 1)


def test_task_goes_on_after_an_account_that_fails(shop: Shop) -> None:
    wish(shop)
    assert tasks.auto_top_ups() == 0
    assert Payment.objects.get().status == "FAILED"


# --- The wish, over the API


def test_wish_with_a_low_balance_charges_at_once(shop: Shop) -> None:
    shop.save_card()
    answer = shop.api.post("/api/v1/credits/auto-top-up", {"threshold": 500, "amount": 1000}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"threshold": 500, "amount": 1000})
    assert shop.api.get("/api/v1/credits/auto-top-up").json() == {"threshold": 500, "amount": 1000}
    assert amounts_of(shop.account.pk) == [1000]


def test_wish_with_enough_credits_checks_the_card(shop: Shop) -> None:
    shop.save_card()
    grant(shop.account, amount=500, key="g", reason="To begin with")
    shop.api.post("/api/v1/credits/auto-top-up", {"threshold": 500, "amount": 1000}, format="json")
    row = Transaction.objects.get(type="CARD_CHECK")
    assert (row.amount, row.seq, shop.balance) == (0, 2, 500)
    assert shop.stripe.count("POST", INTENTS) == 0


@pytest.mark.parametrize("credits", [0, 500])
def test_declined_card_stores_no_wish(shop: Shop, credits: int) -> None:
    shop.save_card()
    if credits:
        grant(shop.account, amount=credits, key="g", reason="To begin with")
    shop.stripe.declines = True
    answer = shop.api.post("/api/v1/credits/auto-top-up", {"threshold": 500, "amount": 1000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (402, "card_declined")
    assert not AutoTopUp.objects.exists()


def test_without_a_card_there_is_no_wish(shop: Shop) -> None:
    answer = shop.api.post("/api/v1/credits/auto-top-up", {"threshold": 500, "amount": 1000}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (409, NoCard.code)
    assert not AutoTopUp.objects.exists()


def test_zero_switches_off_without_a_card(shop: Shop) -> None:
    wish(shop)
    answer = shop.api.post("/api/v1/credits/auto-top-up", {"threshold": 0, "amount": 0}, format="json")
    assert answer.json() == {"threshold": 0, "amount": 0}
    assert tasks.auto_top_ups() == 0


@pytest.mark.parametrize(
    ("threshold", "amount", "field"),
    [(-1, 1000, "threshold"), (0, 499, "amount"), (0, -1, "amount"), (1000, 999, "amount"), (0, 10_001, "amount")],
)
def test_wish_that_makes_no_sense_is_refused_by_its_field(shop: Shop, threshold: int, amount: int, field: str) -> None:
    body = {"threshold": threshold, "amount": amount}
    answer = shop.api.post("/api/v1/credits/auto-top-up", body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    assert not AutoTopUp.objects.exists()


def test_wishes_at_once_charge_once(shop: Shop) -> None:
    shop.save_card()
    body = {"threshold": 500, "amount": 1000}

    def post(number: int) -> int:
        return int(shop.api.post("/api/v1/credits/auto-top-up", body, format="json").status_code)

    assert set(at_once(8, post)) == {200}
    assert shop.stripe.count("POST", INTENTS) == 1
    assert shop.balance == 1000


def test_time_of_the_next_try_is_kept(shop: Shop) -> None:
    low(shop)
    soon: datetime = timezone.now() + timedelta(minutes=1)
    AutoTopUp.objects.update(next_try_at=soon)
    assert auto_top_up(shop.account, now=timezone.now()) is None
    assert auto_top_up(shop.account, now=soon) is not None


def test_cards_are_not_checked_without_end(shop: Shop) -> None:
    shop.buy(1000)
    for _ in range(CARD_CHECKS_MAX):
        set_auto_top_up(shop.account, threshold=0, amount=500, now=timezone.now())
    with pytest.raises(TooManyCheckouts, match="Try again tomorrow"):
        set_auto_top_up(shop.account, threshold=0, amount=500, now=timezone.now())
    assert Payment.objects.filter(kind="CARD_CHECK").count() == CARD_CHECKS_MAX
