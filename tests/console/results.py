"""A result, made by hand."""

from typing import Any

from console.terminal.result import Result


def make_result(**fields: Any) -> Result:
    plain: dict[str, Any] = {
        "execution_id": "0198c0de",
        "status": "COMPLETED",
        "outputs": {"answer": [42]},
        "cost": 3,
        "duration": 1.5,
        "node_count": 2,
        "node_error_count": 0,
        "error": None,
        "error_code": None,
        "balance": 997,
    }
    return Result(**plain | fields)
