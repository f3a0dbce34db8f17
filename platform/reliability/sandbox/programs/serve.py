"""Sets limits and lets a program take its place. Runs as a child of its own, with the standard library only.

Its argument is JSON: {command, environment, limits, parent}. It dies with its parent, and so does the program.
"""

import ctypes
import json
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    job = json.loads(sys.argv[1])
    limits = job["limits"]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != job["parent"]:
            sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu"], limits["cpu"] + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (limits["data"], limits["data"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file"], limits["file"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execve(job["command"][0], job["command"], job["environment"])  # noqa: S606 - that is what it is for


if __name__ == "__main__":
    main()
