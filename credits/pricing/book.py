"""All prices in force, as plain values: read once for an execution, pure afterwards."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.utils import timezone

from blocks.base import Block
from blocks.prices import NOTHING, CostType, Price, price_for
from credits.pricing.errors import ModelPriceUnknown
from credits.pricing.holding import hold_for, input_tokens
from credits.pricing.models import ModelPrice, PriceVersion
from credits.pricing.published import MODEL_NAME_LENGTH, Asked, published_rates
from credits.pricing.quote import Quote
from credits.pricing.rates import Rates
from credits.pricing.rules import prices_of
from credits.pricing.terms import Terms, current_terms

Prices = tuple[Price, ...]
Edition = tuple[Any, ...]

#: What changes whenever prices do, as their rows are only added to: how many there are, and the newest one.
EDITION = "SELECT " + ", ".join(
    f"(SELECT COUNT(*) FROM {model._meta.db_table}), (SELECT MAX(CAST(id AS TEXT)) FROM {model._meta.db_table})"
    for model in (PriceVersion, ModelPrice)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """What blocks and models cost."""

    #: The moment it was made, for prices of models that change on a date.
    now: datetime
    terms: Terms
    #: `{block id: (number of the version, rules)}`
    blocks: Mapping[str, tuple[int, Prices]] = field(default_factory=dict)
    #: What operators have set, by names in small letters; it wins over what providers publish.
    models: Mapping[str, Rates] = field(default_factory=dict)
    #: Which blocks are free, as far as that was asked.
    _free: dict[str, bool] = field(default_factory=dict, init=False, repr=False, compare=False)

    def quote(self, block: Block, inputs: Mapping[str, Any], *, own_credentials: bool = False) -> Quote:
        """What a run of this block with these inputs costs. Raises ModelPriceUnknown.

        own_credentials: the user's own key pays the provider, so nothing is charged. It must come from the credentials
        that were resolved for the run, never from what a graph's inputs claim.
        """
        version, prices = self.in_force(block)
        if not prices:
            return Quote(block_id=block.id, price=None, version=version)
        price = NOTHING if own_credentials else price_for(prices, inputs)
        return self._quote(block, price, version, inputs)

    def bounds(self, block: Block, inputs: Mapping[str, Any], *, unknown: Set[str] = frozenset()) -> tuple[int, int]:
        """The least and the most that a run may cost, as far as it can be told. Raises ModelPriceUnknown.

        unknown: the inputs whose values will be known only when it runs.
        """
        version, prices = self.in_force(block)
        if any(unknown & price.filter.keys() for price in prices):
            quotes = [self._quote(block, price, version, inputs) for price in prices]
            if all(price.filter for price in prices):
                quotes.append(self._quote(block, NOTHING, version, inputs))
        else:
            quotes = [self.quote(block, inputs)]
        return min(map(_least, quotes)), max(quote.upfront + quote.hold for quote in quotes)

    def is_free(self, block: Block) -> bool:
        """Whether it costs nothing, whatever its inputs are."""
        found = self._free.get(block.id)
        if found is None:
            found = self._free[block.id] = not any(price.amount for price in self.in_force(block)[1])
        return found

    def rates(self, model: str, *, input_tokens: int) -> Rates:
        """What a model costs that is to read so many tokens. Raises ModelPriceUnknown."""
        name = model.strip().lower()
        if len(name) > MODEL_NAME_LENGTH or not name.isprintable():
            raise ModelPriceUnknown(model)
        asked = Asked(model=name, provider=self.terms.provider, input_tokens=input_tokens, now=self.now)
        found = self.models.get(name) or published_rates(asked, margin_percent=self.terms.margin_percent)
        found = found or self.terms.unknown_model
        if found is None:
            raise ModelPriceUnknown(model)
        return found

    def in_force(self, block: Block) -> tuple[int, Prices]:
        """The number of the version and its rules; number 0 and what the class declares, if there is no version."""
        return self.blocks.get(block.id) or (0, block.prices)

    def _quote(self, block: Block, price: Price, version: int, inputs: Mapping[str, Any]) -> Quote:
        quote = Quote(block_id=block.id, price=price, version=version)
        if not price.amount:
            return quote
        if not price.is_settled:
            return Quote(block_id=block.id, price=price, version=version, upfront=price.amount)
        model, rates = "", None
        if price.type is CostType.TOKENS:
            model = str(inputs.get("model") or "")
            rates = self.rates(model, input_tokens=input_tokens(inputs))
        hold = hold_for(price, block, inputs, rates, self.terms)
        return Quote(block_id=block.id, price=price, version=version, hold=hold, model=model, rates=rates)


def current_book(*, now: datetime | None = None, edition: Edition | None = None) -> PriceBook:
    """The prices in force, by one query as long as they are those that this process has read last.

    edition: what that query has just found, if it was asked already.
    """
    terms = current_terms()
    blocks, models = _in_force(edition or _edition(), terms.margin_percent)
    return PriceBook(now=now or timezone.now(), terms=terms, blocks=blocks, models=models)


def _edition() -> Edition:
    with connection.cursor() as cursor:
        cursor.execute(EDITION)
        edition: Edition = cursor.fetchone()
    return edition


@lru_cache(maxsize=1)
def _in_force(edition: Edition, margin_percent: int) -> tuple[Mapping[str, tuple[int, Prices]], Mapping[str, Rates]]:
    """By blocks, and by models. What is added while this reads has a later edition, and so is read again."""
    versions = PriceVersion.objects.in_force().values_list("block_id", "version", "rules")
    blocks = {block_id: (version, prices_of(rules)) for block_id, version, rules in versions}
    rows = ModelPrice.objects.in_force()
    models = {row.model: found for row in rows if (found := row.rates(margin_percent=margin_percent))}
    return blocks, models


def _least(quote: Quote) -> int:
    """What it costs at least. Only of tokens is it certain that some are used."""
    if quote.hold and quote.price is not None and quote.price.type is CostType.TOKENS:
        return quote.price.amount
    return quote.upfront
