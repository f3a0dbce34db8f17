"""Whether this machine can run what isolates programs: user namespaces, and an interpreter for JavaScript."""

import shutil
import subprocess
from functools import cache

import pytest


@cache
def can_isolate() -> bool:
    """Asked of util-linux, not of our own code."""
    unshare = shutil.which("unshare")
    command = [unshare or "false", "--user", "--map-root-user", "--mount", "--pid", "--net", "--fork", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def skip_without_isolation() -> None:
    if not can_isolate():
        pytest.skip("needs user namespaces")


def skip_without_node() -> None:
    if shutil.which("node") is None:
        pytest.skip("needs node")
