"""`platform/` is a source root; the module of that name is still Python's own."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.processes import ROOT, environment, wait_until


def test_nothing_turns_the_folder_into_a_package() -> None:
    assert list((ROOT / "platform").glob("*.py")) == []


def test_import_platform_means_the_stdlib_here() -> None:
    module = importlib.import_module("platform")
    assert module.python_version() == sys.version.split()[0]
    assert ROOT not in Path(str(module.__file__)).parents or ".venv" in str(module.__file__)


@pytest.mark.parametrize("code", ["", "import config.settings; "], ids=["alone", "after the settings"])
def test_import_platform_means_the_stdlib_in_the_root(code: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", f"{code}import platform; print(platform.system())"]
    paths = f"{ROOT}:{ROOT / 'platform'}"
    done = subprocess.run(
        command, cwd=ROOT, env=environment(tmp_path, PYTHONPATH=paths), capture_output=True, text=True
    )
    assert done.stdout.strip() == "Linux", done.stderr


def test_daphne_serves_from_the_root(tmp_path: Path) -> None:
    """Without PYTHONPATH: `bin/_setup` has told the virtual environment of both roots."""
    log = tmp_path / "log"
    program = str(Path(sys.executable).with_name("daphne"))
    web = tmp_path / "web.sock"
    command = [program, "-u", str(web), "config.asgi:application"]
    with log.open("wb") as file:
        daphne = subprocess.Popen(command, cwd=ROOT, env=environment(tmp_path), stdout=file, stderr=file)
    try:
        wait_until(lambda: web.is_socket() or daphne.poll() is not None)
        assert web.is_socket(), log.read_text()
    finally:
        daphne.terminate()
        daphne.wait()


def test_packages_of_both_roots_are_found() -> None:
    for name in ("blocks.base", "config.env", "executor.statuses"):
        assert importlib.import_module(name).__name__ == name
