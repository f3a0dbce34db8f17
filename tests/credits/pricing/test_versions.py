"""Prices are rows with versions: who changes them, and what the class says meanwhile."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from blocks.base import Block
from blocks.library.ai_text import AITextGeneratorBlock
from blocks.prices import CostType, Price, Usage
from credits.pricing.book import current_book
from credits.pricing.errors import PriceChanged, PriceInvalid
from credits.pricing.models import ModelPrice, Origin, PriceVersion
from credits.pricing.quote import Quote
from credits.pricing.rates import Rates
from credits.pricing.sync import sync, sync_after_migrate
from credits.pricing.versions import set_model_price, set_price, use_own_price
from tests.credits.pricing.cast import DEAR, PLAIN, TOKENS, priced

pytestmark = pytest.mark.django_db

RULES = [{"amount": 4, "filter": {"size": "large"}}, {"amount": 1, "type": "SECOND", "divisor": 60}]


def story_of(block: Block) -> list[tuple[int, str, list[int]]]:
    """`(version, origin, amounts)`, oldest first."""
    versions = PriceVersion.objects.of(block.id).reverse()
    return [(row.version, row.origin, [rule["amount"] for rule in row.rules]) for row in versions]


def test_migrate_has_stored_what_the_blocks_declare() -> None:
    row = PriceVersion.objects.of(AITextGeneratorBlock.id).get()
    assert (row.version, row.origin, row.author, row.block_name) == (1, Origin.BLOCK, None, "AITextGenerator")
    assert row.rules == [{"amount": 1, "type": "TOKENS", "filter": {}, "divisor": 1, "hold": 0}]


def test_sync_adds_a_version_when_the_declaration_changes_and_only_then() -> None:
    first, second, none = priced(Price(5)), priced(Price(6)), priced()
    assert [sync([block]) for block in (first, first, second, second, none, none, first)] == [1, 0, 1, 0, 1, 0, 1]
    assert story_of(first) == [(1, "BLOCK", [5]), (2, "BLOCK", [6]), (3, "BLOCK", []), (4, "BLOCK", [5])]


def test_sync_stores_nothing_for_a_free_block() -> None:
    assert sync([priced()]) == 0
    assert story_of(priced()) == []


def test_sync_leaves_an_operators_price_alone() -> None:
    block = priced(Price(5))
    sync([block])
    set_price(block, rules=[{"amount": 9}], reason="Dearer here", after=1)
    assert sync([priced(Price(6))]) == 0
    assert story_of(block) == [(1, "BLOCK", [5]), (2, "OPERATOR", [9])]


def test_sync_after_an_incomplete_migration_does_nothing() -> None:
    class NoTables:
        all_models: dict[str, object] = {}

    PriceVersion.objects.all().delete()
    sync_after_migrate("default", NoTables())  # type: ignore[arg-type]
    assert not PriceVersion.objects.exists()
    sync_after_migrate("other")
    assert not PriceVersion.objects.exists()
    sync_after_migrate("default")
    assert PriceVersion.objects.exists()


def test_operators_price_is_the_next_version_with_author_and_reason() -> None:
    ada, block = User.objects.create_user("ada@example.org"), priced(Price(5))
    sync([block])
    row = set_price(block, rules=RULES, reason="  Longer runs  ", after=1, author=ada)
    assert (row.version, row.origin, row.author, row.reason) == (2, Origin.OPERATOR, ada, "Longer runs")
    assert current_book().in_force(block) == (
        2,
        (Price(4, {"size": "large"}), Price(1, type=CostType.SECOND, divisor=60)),
    )
    assert story_of(block) == [(1, "BLOCK", [5]), (2, "OPERATOR", [4, 1])]


def test_going_back_to_the_blocks_own_price_is_a_version_too() -> None:
    block = priced(Price(5))
    sync([block])
    set_price(block, rules=RULES, reason="Try", after=1)
    use_own_price(block, reason="It was too dear", after=2)
    assert story_of(block) == [(1, "BLOCK", [5]), (2, "OPERATOR", [4, 1]), (3, "BLOCK", [5])]
    assert sync([priced(Price(6))]) == 1


def test_operator_can_price_a_block_that_declares_nothing() -> None:
    block = priced()
    set_price(block, rules=[{"amount": 2}], reason="It uses our bandwidth", after=0)
    assert current_book().quote(block, {}).upfront == 2


def test_change_of_a_price_keeps_older_quotes() -> None:
    block = priced(Price(1, type=CostType.ITEMS))
    sync([block])
    pin = current_book().quote(block, {}).pin()
    set_price(block, rules=[{"amount": 50, "type": "ITEMS"}], reason="Dearer", after=1)
    before, after = Quote.from_pin(pin), current_book().quote(block, {})
    assert (before.version, before.cost(Usage(items=3))) == (1, 3)
    assert (after.version, after.cost(Usage(items=3))) == (2, 150)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501, "a\x00b"])
def test_change_without_a_reason_is_refused(reason: str) -> None:
    with pytest.raises(PriceInvalid, match="needs a reason"):
        set_price(priced(), rules=[], reason=reason, after=0)


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"amount": 1}, "must be a list"),
        ([1], "must be an object with an amount"),
        ([{"type": "RUN"}], "must be an object with an amount"),
        ([{"amount": 1, "price": 2}], "has no price"),
        ([{"amount": -1}], "amount must be a whole number"),
        ([{"amount": 1.0}], "amount must be a whole number"),
        ([{"amount": True}], "amount must be a whole number"),
        ([{"amount": 1, "type": "HOUR"}], "type must be one of"),
        ([{"amount": 1, "type": ["RUN"]}], "type must be one of"),
        ([{"amount": 1, "filter": "x"}], "filter must name"),
    ],
)
def test_rules_that_cannot_be_charged_by_are_refused(rules: object, says: str) -> None:
    with pytest.raises(PriceInvalid, match=says):
        set_price(priced(), rules=rules, reason="Try", after=0)
    assert story_of(priced()) == []


def test_who_has_not_seen_the_newest_version_changes_nothing() -> None:
    block = priced(Price(5))
    sync([block])
    set_price(block, rules=RULES, reason="First", after=1)
    for seen in (0, 1, 7):
        with pytest.raises(PriceChanged):
            set_price(block, rules=[], reason="Second", after=seen)
    assert len(story_of(block)) == 2


def test_model_price_has_versions_and_wins_until_it_is_taken_back() -> None:
    block = priced(TOKENS)
    set_model_price("GPT-4o", rates=PLAIN, reason="Our contract", after=0)
    assert current_book().quote(block, {"model": "gpt-4o"}).rates == PLAIN
    set_model_price("gpt-4o", rates=DEAR, reason="A new contract", after=1)
    assert current_book().quote(block, {"model": "gpt-4o"}).rates == DEAR
    set_model_price("gpt-4o", rates=None, reason="No contract", after=2)
    assert current_book().rates("gpt-4o", input_tokens=1).input == 2_500_000
    assert list(ModelPrice.objects.of("gpt-4o").values_list("version", flat=True)) == [3, 2, 1]


def test_margin_is_put_on_top_of_an_operators_price_too(settings: object) -> None:
    settings.MODEL_PRICE_MARGIN_PERCENT = 10  # type: ignore[attr-defined]
    set_model_price("mine", rates=PLAIN, reason="Our own server", after=0)
    assert current_book().rates("mine", input_tokens=1).cost(Usage(input_tokens=1_000_000)) == 110


@pytest.mark.parametrize("model", ["", "  ", "m" * 201])
def test_model_price_needs_a_name(model: str) -> None:
    with pytest.raises(PriceInvalid, match="name of a model"):
        set_model_price(model, rates=PLAIN, reason="Try", after=0)


def test_model_price_below_nothing_is_refused() -> None:
    with pytest.raises(PriceInvalid, match="at least 0"):
        set_model_price("mine", rates=Rates(input=1, cached_input=-1, output=1), reason="Try", after=0)


def test_book_is_read_once_and_again_when_a_price_has_changed(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    set_model_price("mine", rates=PLAIN, reason="Our own server", after=0)
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        book = current_book()
        book.quote(AITextGeneratorBlock(), {"model": "mine"})
        book.quote(AITextGeneratorBlock(), {"model": "gpt-4o"})
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert current_book().rates("mine", input_tokens=1) == PLAIN
    set_model_price("mine", rates=DEAR, reason="Dearer power", after=1)
    assert current_book().rates("mine", input_tokens=1) == DEAR


@pytest.mark.django_db(transaction=True)
def test_several_migrations_at_once_add_each_version_once() -> None:
    block, all_have_looked = priced(Price(5)), threading.Barrier(4)

    def declared() -> Iterator[Block]:
        """Asked for after `sync` has read what is in force."""
        all_have_looked.wait(timeout=10)
        yield block

    _at_once(lambda: sync(declared()), times=4)
    assert story_of(block) == [(1, "BLOCK", [5])]


@pytest.mark.django_db(transaction=True)
def test_of_operators_who_change_the_same_version_one_gets_through() -> None:
    block = priced()

    def change() -> str:
        try:
            set_price(block, rules=[{"amount": 3}], reason="Mine", after=0)
        except PriceChanged:
            return "refused"
        return "changed"

    assert sorted(_at_once(change, times=4)) == ["changed", "refused", "refused", "refused"]
    assert story_of(block) == [(1, "OPERATOR", [3])]


def test_two_who_pass_the_look_at_the_newest_version_are_told_apart_by_the_number() -> None:
    block = priced()
    set_price(block, rules=[{"amount": 3}], reason="First", after=0)
    row = PriceVersion(block_id=block.id, version=1, rules=[], origin=Origin.OPERATOR, reason="Second")
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    assert story_of(block) == [(1, "OPERATOR", [3])]


def _at_once(act: Callable[[], Any], *, times: int) -> list[Any]:
    """What each of them gave; an error of one is an error of the test."""
    start = threading.Barrier(times)

    def one(_: int) -> Any:
        start.wait(timeout=10)
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))
