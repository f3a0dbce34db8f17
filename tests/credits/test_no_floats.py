"""Money is whole numbers: no float can come up in the code that counts it."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent.parent / "credits"
SOURCES = sorted(FOLDER.rglob("*.py"))


def floats_in(tree: ast.AST) -> list[int]:
    """The lines with a float literal, the name `float`, or a true division."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Attribute) and node.attr in {"FloatField", "DecimalField"})
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
    ]


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(FOLDER)) for path in SOURCES])
def test_no_float_in_money_code(path: Path) -> None:
    assert floats_in(ast.parse(path.read_text())) == []


@pytest.mark.parametrize("code", ["x = 1.5", "x = a / 2", "x /= 2", "float('1')", "models.FloatField()"])
def test_check_sees_a_float(code: str) -> None:
    assert floats_in(ast.parse(code)) == [1]
