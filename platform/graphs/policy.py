"""What a node asks of whoever runs it: how long a try may take, how often it is tried, and what its failure does."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from blocks.base import Block, BlockType, Effect
from graphs.json_text import shown

#: No node may ask for more.
TIMEOUT_MAX_SECONDS = 3600
RETRIES_MAX = 10
BACKOFF_MAX_SECONDS = 300
DEFAULT_BACKOFF_SECONDS = 1.0


class OnError(StrEnum):
    """What a failure of the node means for its graph."""

    ROUTE = "route"  #: its `error` output is delivered, and the graph goes on
    FAIL = "fail"  #: its graph ends FAILED, too
    CONTINUE = "continue"  #: the nodes behind it go on with null for what it did not emit


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of one node. timeout_seconds: of one try; None for the limit of its block."""

    timeout_seconds: float | None = None
    retries: int = 0
    #: Before the first retry; each further one waits twice as long.
    retry_backoff_seconds: float = DEFAULT_BACKOFF_SECONDS
    on_error: OnError = OnError.ROUTE


DEFAULT_POLICY = Policy()


def policy_of(metadata: Mapping[str, Any]) -> Policy:
    """The policy that a node's metadata holds. A value that is not allowed counts as not given (see `wrong_keys`)."""
    given = {key: read(metadata[key]) for key, (read, _) in _KEYS.items() if metadata.get(key) is not None}
    good = {key: value for key, value in given.items() if value is not None}
    return Policy(**good) if good else DEFAULT_POLICY


def wrong_keys(metadata: Mapping[str, Any], block: Block) -> Iterator[tuple[str, str]]:
    """The keys of a node's metadata that cannot be followed, each with what is allowed."""
    for key, (read, allowed) in _KEYS.items():
        if metadata.get(key) is not None and read(metadata[key]) is None:
            yield key, f"{key} must be {allowed}, not {shown(metadata[key])}."
    if policy_of(metadata).retries and (reason := _not_twice(block)):
        yield "retries", f"retries must be 0, because {reason}."


def _not_twice(block: Block) -> str:
    """Why the block is never tried again; empty if it may be."""
    if block.effect is Effect.ONCE:
        return "its block must not run twice"
    return "the nodes of the graph inside it have policies of their own" if block.block_type is BlockType.AGENT else ""


def _seconds(value: Any, most: int) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= most else None


def _timeout(value: Any) -> float | None:
    return _seconds(value, TIMEOUT_MAX_SECONDS) or None


def _retries(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= RETRIES_MAX else None


def _backoff(value: Any) -> float | None:
    return _seconds(value, BACKOFF_MAX_SECONDS)


def _on_error(value: Any) -> OnError | None:
    return OnError(value) if isinstance(value, str) and value in set(OnError) else None


#: How each key is read, None for what is not allowed; and what is.
_KEYS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "timeout_seconds": (_timeout, f"a number above 0, at most {TIMEOUT_MAX_SECONDS}"),
    "retries": (_retries, f"a whole number from 0 to {RETRIES_MAX}"),
    "retry_backoff_seconds": (_backoff, f"a number from 0 to {BACKOFF_MAX_SECONDS}"),
    "on_error": (_on_error, "route, fail or continue"),
}
