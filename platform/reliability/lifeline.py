"""Children that do not outlive their parent, however it ends. A Linux mechanism: elsewhere nothing happens."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
#: Loaded here, because loading a library is not safe between fork and exec.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Let the kernel send this process the signal when its parent ends, by kill -9 too. Called in the child.

    parent: its process id, taken before the fork, so that a parent that has ended already is noticed.
    The kernel means the thread that forked: start such children from one that stays, best the main thread.
    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
