"""Asking what may never answer: with one thread for each dependency, and nobody waits for longer than they want."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TimedOut
from typing import Any

from config.health.findings import Finding

Check = Callable[[], list[Finding]]


class Probe:
    """One dependency. Whoever asks while it is being asked already, waits for the same answer."""

    def __init__(self, dependency: str, check: Check, *, repair: str) -> None:
        self._dependency = dependency
        self._check = check
        self._repair = repair
        self._lock = threading.Lock()
        self._asked: Future[list[Finding]] | None = None

    def ask(self) -> "Future[list[Finding]]":
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=_answer, args=(self._asked, self._check), name="health", daemon=True).start()
            return self._asked

    def silence(self, seconds: float) -> Finding:
        """What there is to say when it has not answered in time."""
        name = self._dependency.capitalize() if self._dependency == "redis" else f"The {self._dependency}"
        return Finding(self._dependency, f"{name} has not answered within {seconds:g} seconds.", self._repair)


def ask_all(probes: Iterable[Probe], *, seconds: float) -> list[Finding]:
    """Ask them at once, and wait so long for all of them together. Raises what a check raises."""
    deadline = time.monotonic() + seconds
    asked = [(probe, probe.ask()) for probe in probes]
    found: list[Finding] = []
    for probe, answer in asked:
        try:
            found += answer.result(timeout=max(0.0, deadline - time.monotonic()))
        except TimedOut:
            found.append(probe.silence(seconds))
    return found


def is_found(look: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it is so, and was found out in time."""
    answer: Future[bool] = Future()
    threading.Thread(target=_answer, args=(answer, look), name="health", daemon=True).start()
    try:
        return answer.result(timeout=seconds)
    except TimedOut:
        return False


def _answer(asked: "Future[Any]", check: Callable[[], Any]) -> None:
    try:
        asked.set_result(check())
    except BaseException as error:
        asked.set_exception(error)
