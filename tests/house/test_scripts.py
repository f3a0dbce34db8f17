"""The scripts in bin/: plain POSIX sh, and helpful when something is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.processes import ROOT

SCRIPTS = [*sorted((ROOT / "bin").iterdir()), ROOT / ".ci" / "run"]
TOOLS = ("sh", "cat", "sha256sum", "head", "grep", "rm")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_executable_plain_sh(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n")
    assert os.access(script, os.X_OK)
    assert subprocess.run(["sh", "-n", script]).returncode == 0


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What the set-up reads, in a folder of its own."""
    (tmp_path / "bin").mkdir()
    for name in ("bin/_setup", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_without_python_it_says_which_packages_to_install(clone: Path) -> None:
    done = _set_up(clone, _path_with(clone))
    assert done.returncode == 1
    assert "apt install python3 python3-venv" in done.stderr


def test_without_venv_it_says_which_package_to_install(clone: Path) -> None:
    path = _path_with(clone)
    python = Path(path) / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\n')
    python.chmod(0o755)
    done = _set_up(clone, path)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def _set_up(clone: Path, path: str) -> subprocess.CompletedProcess[str]:
    command = ["bin/_setup", "requirements.lock"]
    return subprocess.run(command, cwd=clone, env={"PATH": path}, capture_output=True, text=True)


def _path_with(clone: Path) -> str:
    """A PATH without any Python."""
    folder = clone / "path"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return str(folder)
