"""What the benchmarks say: one line of JSON for each figure, for people and for scripts."""

import json
import statistics
from collections.abc import Sequence
from typing import Any

from django.db import connection


def tell(bench: str, case: str, **figures: Any) -> None:
    """Numbers are rounded to what can be measured."""
    rounded = {name: round(value, 2) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({"bench": bench, "database": connection.vendor, "case": case, **rounded}), flush=True)


def tell_beside(bench: str, case: str, pairs: Sequence[tuple[float, float]], *, units: int, most: float) -> None:
    """Ours beside the floor, which took turns. pairs: seconds of both.  units: in each.  most: the ratio allowed."""
    ratio = statistics.median(ours / floor for ours, floor in pairs)
    ours, floor = (1e6 * statistics.median(column) / units for column in zip(*pairs, strict=True))
    tell(bench, case, microseconds=ours, floor_microseconds=floor, ratio=ratio, most=most, rounds=len(pairs))
