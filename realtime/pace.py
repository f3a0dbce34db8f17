"""How fast a client may send. Pure."""


class Pace:
    """A store that holds `at_once` frames and gains `per_second`; each frame takes one out."""

    def __init__(self, *, at_once: int, per_second: float) -> None:
        self._at_once = at_once
        self._per_second = per_second
        self._left = float(at_once)
        self._at: float | None = None

    def allows(self, now: float) -> bool:
        """Take one frame out. now: seconds on a clock that does not go back."""
        if self._at is not None:
            self._left = min(self._at_once, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
