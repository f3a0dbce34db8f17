"""What an execution may cost and how long it may run, as its starter and its graph wish. Pure."""

from executor.errors import InputInvalid
from executor.launching.inputs import sentence

_UNITS = {"max_cost": "credit", "max_seconds": "second"}


def check_ceilings(**ceilings: int | None) -> None:
    """Refuse ceilings below 1. Raises InputInvalid."""
    low = [name for name, ceiling in ceilings.items() if ceiling is not None and ceiling <= 0]
    if low:
        fields = {name: f"Must be at least 1 {_UNITS[name]}." for name in low}
        raise InputInvalid(sentence(fields), fields=fields)


def lowest(*ceilings: int | None) -> int | None:
    """The one that counts; None if there is none."""
    return min((ceiling for ceiling in ceilings if ceiling is not None), default=None)
