"""What is wrong with something that Sluice needs, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """dependency: `database`, `migrations`, `redis`, `worker` or `clock`. problem, repair: a sentence each."""

    dependency: str
    problem: str
    repair: str


def names(findings: Iterable[Finding]) -> list[str]:
    return [finding.dependency for finding in findings]


def first_line(error: Exception) -> str:
    """Of what a driver says, without its full stop."""
    return next(iter(str(error).splitlines()), type(error).__name__).strip().rstrip(".")
