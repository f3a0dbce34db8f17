"""What docs/api/compatibility.md says that there is, there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.api_urls import VIEWS

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "api" / "compatibility.md"
ROW = re.compile(r"^\| ([A-Z, ]+) \| (`.+`) \| (same|extended|absent) \|(.*)\|$", re.MULTILINE)


def rows(text: str) -> Iterator[tuple[str, str, str, str]]:
    """`(method, address, what it is here, why)`, without the slash at the address's beginning."""
    for methods, addresses, here, why in ROW.findall(text):
        for method in methods.split(", "):
            for address in re.findall(r"`/([^`]+)`", addresses):
                yield method, address, here, why.strip()


def shape(address: str) -> str:
    """What its parameters are called does not matter."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "*", address)


METHODS = {
    shape(route): {method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(view, method.lower())}
    for route, view in VIEWS.items()
}
TABLE = list(rows(PAGE.read_text()))


@pytest.mark.parametrize(("method", "address", "here", "why"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_each_row_is_as_it_says(method: str, address: str, here: str, why: str) -> None:
    is_there = method in METHODS.get(shape(address), ())
    assert is_there == (here != "absent"), f"{method} {address} is said to be {here}"
    assert why or here != "absent"


def test_all_rows_are_read() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "`/" in line]
    assert len(lines) == len(ROW.findall(PAGE.read_text())) > 60
