"""Which blocks had a price when, from the versions of their prices."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from blocks.registry import registry
from credits.pricing.models import PriceVersion


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """versions: `{block id: [(when it came into force, whether it has a price)]}`, oldest first."""

    versions: Mapping[str, list[tuple[datetime, bool]]]

    def was_priced(self, block_id: str, *, since: datetime, until: datetime) -> bool:
        """Whether the block had a price all the time. False also for the time before its first version."""
        versions = self.versions.get(block_id)
        if versions is None:
            block = registry.find(block_id)
            return block is not None and bool(block.prices)
        first = bisect_right(versions, since, key=lambda version: version[0]) - 1
        return first >= 0 and all(priced for at, priced in versions[first:] if at <= until)


def price_history() -> PriceHistory:
    """All of it; a row for each change of a price."""
    versions: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for block_id, at, rules in PriceVersion.objects.order_by("version").values_list("block_id", "created_at", "rules"):
        versions[block_id].append((at, bool(rules)))
    return PriceHistory(versions)
