"""What the stats of node executions may quote of their values: where those are withheld or erased, these go, too."""

from collections.abc import Mapping
from typing import Any

from executor.engine.bills import UNCHARGED
from executor.engine.state import CALLED_BY

#: The texts that the platform itself writes there; all others are words of blocks.
_OWN_TEXTS = frozenset({"child_execution", "copied_from", "model", "usd", UNCHARGED})


def without_quotes(stats: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers, the platform's own texts, and who has called the node, without the model's answer that did."""
    kept = {name: value for name, value in stats.items() if name in _OWN_TEXTS or isinstance(value, int | float)}
    if CALLED_BY in stats:
        kept[CALLED_BY] = stats[CALLED_BY] | {"message": None}
    return kept
