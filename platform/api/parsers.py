"""What request bodies may be."""

import math
import re
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from reliability.nesting import levels

DEPTH_MAX = 100
#: Names in all objects of a body together.
NAMES_MAX = 100_000

_HALVES = re.compile("[\ud800-\udfff]")


class BoundedJSONParser(JSONParser):
    """JSON that everything behind it can read again: not too deep, no infinite numbers, no halves of characters."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Raises ParseError."""
        try:
            value = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise ParseError(_TOO_DEEP) from error
        require_plain(value)
        return value


def require_plain(value: Any) -> None:
    """Raises ParseError, which says what is wrong."""
    names = 0
    for depth, level in enumerate(levels(value)):
        if depth >= DEPTH_MAX and any(isinstance(item, dict | list) for item in level):
            raise ParseError(_TOO_DEEP)
        names += sum(len(item) for item in level if isinstance(item, dict))
        if names > NAMES_MAX:
            raise ParseError(f"The JSON has more than {NAMES_MAX} names.")
        for item in level:
            _require_plain_leaf(item)


_TOO_DEEP = f"The JSON is nested too deep: more than {DEPTH_MAX} lists and objects stand in each other."


def _require_plain_leaf(item: Any) -> None:
    if isinstance(item, float) and not math.isfinite(item):
        raise ParseError("The JSON has a number that is too large.")
    if isinstance(item, str) and not item.isascii() and _HALVES.search(item):
        raise ParseError("The JSON has half of a surrogate pair in a text.")
