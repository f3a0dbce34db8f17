"""Imports point down only; news travels up as events."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.processes import ROOT

#: What each room may import besides itself. docs/architecture.md draws it.
BELOW = {
    "reliability": set(),
    "blocks": {"reliability"},
    "api": {"reliability"},
    "accounts": {"api", "reliability"},
    "graphs": {"blocks", "accounts", "api", "reliability"},
    "credits": {"blocks", "accounts", "api", "reliability"},
    "executor": {"graphs", "credits", "blocks", "accounts", "api", "reliability"},
    "realtime": {"executor", "graphs", "credits", "blocks", "accounts", "api", "reliability"},
    "notifications": {"executor", "graphs", "credits", "blocks", "accounts", "api", "reliability"},
}
BELOW["console"] = set(BELOW) - {"console"}
BELOW["config"] = set(BELOW) - {"config"}
WITHOUT_DJANGO = ("blocks", "reliability")
#: Of those, what processes have in common through the database.
IN_THE_DATABASE = ROOT / "platform" / "reliability" / "throttle"
#: They import every room, and no room imports them.
OUTSIDE = {"tests", "bench"}


def test_every_room_is_known() -> None:
    rooms = {path.parent.name for root in (ROOT, ROOT / "platform") for path in root.glob("*/__init__.py")}
    assert rooms - OUTSIDE == set(BELOW)


def test_no_import_points_up() -> None:
    upward = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for room, below in BELOW.items()
        for path, line, module in imports_of(room)
        if module.partition(".")[0] in (set(BELOW) | OUTSIDE) - below - {room}
    ]
    assert upward == []


def test_blocks_and_reliability_work_without_django() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for room in WITHOUT_DJANGO
        for path, line, module in imports_of(room)
        if not path.is_relative_to(IN_THE_DATABASE)
        and module.partition(".")[0] in ("django", "rest_framework", "channels", "django_rq")
    ]
    assert found == []


def test_an_upward_import_would_be_seen() -> None:
    tree = ast.parse("def late():\n    from executor.launching.launch import launch\nimport blocks.base")
    assert sorted(imported(tree)) == [(2, "executor.launching.launch"), (3, "blocks.base")]


def imports_of(room: str) -> Iterator[tuple[Path, int, str]]:
    """Path, line and module of each import in a room, those inside functions too."""
    root = ROOT / room if (ROOT / room).exists() else ROOT / "platform" / room
    for path in sorted(root.rglob("*.py")):
        for line, module in imported(ast.parse(path.read_text())):
            yield path, line, module


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
