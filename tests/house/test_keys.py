"""Keys that an installation makes for itself."""

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.keys import first_run_key
from tests.house.processes import manage


def test_the_first_run_makes_both_keys_for_the_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert manage("shell", "--no-imports", "-c", "", home=home).returncode == 0
    for name in ("secret_key", "credential_key"):
        path = home / "keys" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(path.read_text().strip()) >= 44
    assert stat.S_IMODE((home / "keys").stat().st_mode) == 0o700
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_later_runs_read_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "key"
    assert first_run_key(path, lambda: "first") == first_run_key(path, lambda: "second") == "first"


def test_of_several_first_runs_at_once_one_key_wins(tmp_path: Path) -> None:
    numbers = count()
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda _: first_run_key(tmp_path / "key", lambda: f"key {next(numbers)}"), range(8))
    assert set(made) == {(tmp_path / "key").read_text().strip()}
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_folder_that_cannot_be_written_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ImproperlyConfigured, match="set SLUICE_HOME"):
        first_run_key(tmp_path / "file" / "keys" / "key", lambda: "key")
