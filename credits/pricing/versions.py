"""The verbs that change prices. Each adds a version; executions that have begun keep what they were quoted."""

from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from blocks.base import Block
from credits.pricing.errors import PriceChanged, PriceInvalid
from credits.pricing.models import REASON_MAX_LENGTH, ModelPrice, Origin, PriceVersion
from credits.pricing.published import MODEL_NAME_LENGTH
from credits.pricing.rates import Rates
from credits.pricing.rules import prices_of, rules_of


def set_price(block: Block, *, rules: Any, reason: str, after: int, author: User | None = None) -> PriceVersion:
    """Put an operator's price in force.

    rules: as PriceVersion keeps them.  after: the version that the operator has looked at, 0 for none.
    Raises PriceInvalid, and PriceChanged when there is a later version already.
    """
    return _add(block, Origin.OPERATOR, rules_of(prices_of(rules)), reason=reason, after=after, author=author)


def use_own_price(block: Block, *, reason: str, after: int, author: User | None = None) -> PriceVersion:
    """Put the price in force again that the block's class declares. Raises as `set_price`."""
    return _add(block, Origin.BLOCK, rules_of(block.prices), reason=reason, after=after, author=author)


@transaction.atomic
def set_model_price(
    model: str, *, rates: Rates | None, reason: str, after: int, author: User | None = None
) -> ModelPrice:
    """Put an operator's price of a model in force; None for the published one. The rates' margin is not stored.

    Raises PriceInvalid, and PriceChanged when there is a later version than `after` already.
    """
    name = model.strip().lower()
    if not 0 < len(name) <= MODEL_NAME_LENGTH:
        raise PriceInvalid(f"The name of a model has 1 to {MODEL_NAME_LENGTH} characters.")
    if rates is not None and min(rates.input, rates.cached_input, rates.output) < 0:
        raise PriceInvalid("The price of a model is at least 0.")
    row = ModelPrice(
        model=name,
        version=after + 1,
        input_price=None if rates is None else rates.input,
        cached_input_price=None if rates is None else rates.cached_input,
        output_price=None if rates is None else rates.output,
        reason=_checked(reason),
        author=author,
    )
    _insert(row, is_next=after == _newest(ModelPrice.objects.of(name)))
    return row


@transaction.atomic
def _add(
    block: Block, origin: Origin, rules: list[dict[str, Any]], *, reason: str, after: int, author: User | None
) -> PriceVersion:
    row = PriceVersion(
        block_id=block.id,
        block_name=block.name,
        version=after + 1,
        rules=rules,
        origin=origin,
        reason=_checked(reason),
        author=author,
    )
    _insert(row, is_next=after == _newest(PriceVersion.objects.of(block.id)))
    return row


def _newest(versions: Any) -> int:
    return versions.values_list("version", flat=True).first() or 0


def _insert(row: PriceVersion | ModelPrice, *, is_next: bool) -> None:
    """Of two that look at the same version, the unique number lets one through."""
    if not is_next:
        raise PriceChanged
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise PriceChanged from error


def _checked(reason: str) -> str:
    text = reason.strip()
    if not 0 < len(text) <= REASON_MAX_LENGTH or "\x00" in text:
        raise PriceInvalid(f"A change of a price needs a reason of 1 to {REASON_MAX_LENGTH} characters.")
    return text
