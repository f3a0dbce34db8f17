"""Processes that have made themselves ready, and begin at the same moment."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import IO

from tests.house.forking import Forked, fork
from tests.house.processes import ROOT


class Racer:
    """One of them. It says lines, and goes on when it is told to."""

    def __init__(self, process: Forked, told: IO[str], said: IO[str]) -> None:
        self.process = process
        self._told, self._said = told, said

    def says(self) -> str:
        """Its next line."""
        return self._said.readline().strip()

    def go(self) -> None:
        self._told.write("go\n")
        self._told.flush()


@contextmanager
def racer(module: str, *arguments: str, env: Mapping[str, str]) -> Iterator[Racer]:
    """`python -m module arguments`, of these tests. It is killed at the end."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    with ExitStack() as open_files:
        (its_input, told), (said, its_output) = (
            (open_files.enter_context(open(read)), open_files.enter_context(open(written, "w")))
            for read, written in (os.pipe(), os.pipe())
        )
        files = its_input.fileno(), its_output.fileno(), 2
        process = fork("-m", module, *arguments, env={**env, "PYTHONPATH": paths}, cwd=ROOT, files=files)
        its_input.close()
        its_output.close()
        try:
            yield Racer(process, told, said)
        finally:
            process.kill()
            process.wait(10)
