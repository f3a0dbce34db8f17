"""The limits that a process sets itself before it does what it cannot trust. Runs in the child."""

import math
import resource

#: Files and pipes that may be open.
FILES = 64


def limit(*, cpu_seconds: int, memory_bytes: int, file_bytes: int, processes: int, of_data: bool = False) -> None:
    """cpu_seconds: from now on; one second later it is killed.

    of_data: limit what is written to instead of what is reserved, for programs that reserve a lot.
    """
    used = math.ceil(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    _set(resource.RLIMIT_CPU, used + cpu_seconds, used + cpu_seconds + 1)
    _set(resource.RLIMIT_DATA if of_data else resource.RLIMIT_AS, memory_bytes)
    _set(resource.RLIMIT_FSIZE, file_bytes)
    _set(resource.RLIMIT_NPROC, processes)
    _set(resource.RLIMIT_NOFILE, FILES)
    _set(resource.RLIMIT_CORE, 0)


def _set(what: int, soft: int, hard: int | None = None) -> None:
    resource.setrlimit(what, (soft, soft if hard is None else hard))
