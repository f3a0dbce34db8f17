"""A stranger's block: from the skeleton and from the documentation, loaded from a folder and from a package."""

import json
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.house.processes import ROOT, environment, manage

SHOW = "from blocks.registry import registry; print(*sorted(block.name for block in registry))"

RUN = """
import asyncio
from blocks.registry import registry
from tests.blocks.running import outputs
print(asyncio.run(outputs(registry.get("{block_id}"), {{"text": "to be or 2 not", "thorough": False}})))
"""


def names(home: Path, **variables: str) -> list[str]:
    done = manage("shell", "--no-imports", "-c", SHOW, home=home, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def start(name: str, folder: Path) -> None:
    call_command("startblock", name, folder=str(folder), stdout=StringIO())


def test_a_skeleton_is_a_block_and_its_test_passes(tmp_path: Path) -> None:
    folder = tmp_path / "blocks"
    folder.mkdir()
    done = manage("startblock", "ShoutLoud", home=tmp_path, BLOCKS_FOLDER=str(folder))
    assert done.stdout.split() == [str(folder / "shout_loud.py"), str(folder / "test_shout_loud.py")]
    assert "ShoutLoud" in names(tmp_path, BLOCKS_FOLDER=str(folder))
    paths = os.pathsep.join(map(str, (folder, ROOT, ROOT / "platform")))
    tested = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            str(ROOT / "pyproject.toml"),
            "--rootdir",
            str(folder),
            str(folder),
        ],
        env=environment(tmp_path, PYTHONPATH=paths),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "1 passed" in tested.stdout, tested.stdout + tested.stderr


@pytest.mark.parametrize("name", ["count", "../Count", "", "Count Words", "Ç"])
def test_a_name_that_is_none_writes_nothing(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "blocks"
    with pytest.raises(CommandError):
        start(name, folder)
    assert not folder.exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "count.py").write_text("mine")
    with pytest.raises(CommandError):
        start("Count", tmp_path)
    assert (tmp_path / "count.py").read_text() == "mine"


def test_the_documented_block_does_what_is_written_and_is_in_the_documented_graph(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "writing_a_block.md").read_text()
    (tmp_path / "counting.py").write_text(re.findall("```python\n(.*?)```", text, re.DOTALL)[0])
    graph = json.loads(re.findall("```json\n(.*?)```", text, re.DOTALL)[0])
    [counting] = [node["block_id"] for node in graph["nodes"] if node["id"] == "count"]
    paths = os.pathsep.join([str(ROOT), str(ROOT / "platform")])
    done = manage(
        *("shell", "--no-imports", "-c", RUN.format(block_id=counting)),
        home=tmp_path,
        BLOCKS_FOLDER=str(tmp_path),
        PYTHONPATH=paths,
    )
    assert done.stdout.strip() == "[('count', 5)]", done.stderr


def test_an_installed_package_needs_no_setting(tmp_path: Path) -> None:
    start("Packaged", tmp_path)
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[sluice.blocks]\nany = packaged\n")
    assert "Packaged" in names(tmp_path, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT / "platform")]))


def test_a_folder_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    done = manage("check", home=tmp_path, BLOCKS_FOLDER=str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert f"BLOCKS_FOLDER: there is no folder {tmp_path / 'nowhere'}." in done.stderr
