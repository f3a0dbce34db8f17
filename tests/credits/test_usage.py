"""What a user has used, added up."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from blocks.registry import registry
from credits.ledger import grant, reverse
from credits.models import Account, Transaction
from credits.usage import Line, usage_by
from tests.append_only import lifted
from tests.credits.cast import ada
from tests.credits.spending_cast import execution, spend

pytestmark = pytest.mark.django_db

LONG_AGO, LATER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def used(account: Account, group_by: str) -> list[Line]:
    return usage_by(account, group_by, since=LONG_AGO, until=LATER)


def test_by_block_the_dearest_first_and_by_name() -> None:
    account, run = ada(100), execution()
    block = next(iter(registry))
    spend(account, 2, on=run, block="unknown-block")
    spend(account, 3, on=run, block=block.id)
    spend(account, 4, on=run, block=block.id)
    assert used(account, "block") == [
        Line(key=block.id, name=block.name, credits=7, count=2),
        Line(key="unknown-block", name="unknown-…", credits=2, count=1),
    ]


def test_by_model() -> None:
    account, run = ada(100), execution()
    spend(account, 2, on=run, model="gpt")
    spend(account, 5, on=run)
    assert [(line.key, line.credits) for line in used(account, "model")] == [(None, 5), ("gpt", 2)]


def test_what_is_reversed_was_not_used() -> None:
    account, run = ada(100), execution()
    reverse(spend(account, 2, on=run, block="a"), reason="Our fault")
    spend(account, 3, on=run, block="a")
    (line,) = used(account, "block")
    assert (line.credits, line.count) == (3, 2)


def test_what_is_given_is_not_usage() -> None:
    account = ada(100)
    grant(account, amount=10, key="g", reason="")
    assert used(account, "day") == []


def test_days_are_those_of_utc_and_come_in_order() -> None:
    account = ada(100)
    moments = [datetime(2026, 3, 1, 23, 59, 59, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)]
    rows = [spend(account, 1, on=execution()), spend(account, 2, on=execution())]
    with lifted(connection):
        for row, moment in zip(rows, moments, strict=True):
            Transaction.objects.filter(pk=row.pk).update(created_at=moment)
    lines = usage_by(account, "day", since=moments[0], until=moments[1] + timedelta(seconds=1))
    assert [(line.key, line.credits) for line in lines] == [(date(2026, 3, 1), 1), (date(2026, 3, 2), 2)]
    assert [line.credits for line in usage_by(account, "day", since=moments[0], until=moments[1])] == [1]
