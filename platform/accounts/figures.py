"""How often somebody has tried to show this process who they are, and with what success."""

from prometheus_client import Counter

from reliability.figures import PROCESS

METHODS = ("key", "sign-in", "code")
#: Refused: too many had been wrong before.
RESULTS = ("right", "wrong", "refused")

_family = Counter(
    "sluice_auth_attempts", "API keys, passwords and codes that were shown.", ["method", "status"], registry=PROCESS
)
_attempts = {(method, result): _family.labels(method, result) for method in METHODS for result in RESULTS}


def note_attempt(method: str, result: str) -> None:
    """One of METHODS, and one of RESULTS."""
    _attempts[method, result].inc()
