"""What becomes of a bill whose node is cancelled before it is sent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The bill was taken back before it was on its way: nothing is charged, and nothing set aside."""
