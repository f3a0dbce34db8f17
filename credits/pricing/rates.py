"""What a model costs by the token. Whole numbers; the last step alone rounds, and it rounds up."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from blocks.prices import Usage, lots

#: Micro-dollars for a million tokens, times tokens, that make one US cent.
_CENT = 10**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Micro-dollars for a million tokens ($2.50 is 2,500,000), and what is put on top of them."""

    input: int
    cached_input: int
    output: int
    margin_percent: int = 0

    def cost(self, usage: Usage) -> int:
        """The credits that these tokens cost, rounded up."""
        fresh = max(usage.input_tokens - usage.cached_input_tokens, 0)
        worth = fresh * self.input + usage.cached_input_tokens * self.cached_input + usage.output_tokens * self.output
        return lots(worth * (100 + self.margin_percent), 100 * _CENT)

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Rates":
        return cls(**value)
