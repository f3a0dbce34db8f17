import pytest

from console.terminal.exits import Exit, exit_of, exit_of_error
from credits.errors import InsufficientBalance
from executor.errors import InputInvalid, JournalFailed
from executor.models import GraphExecution
from graphs.errors import GraphInvalid, GraphNotFound
from reliability.errors import SluiceError, Unavailable
from reliability.ids import uuid7


@pytest.mark.parametrize(
    ("status", "error_code", "code"),
    [
        ("COMPLETED", "", 0),
        ("FAILED", "internal_error", 1),
        ("FAILED", "cost_limit", 1),
        ("FAILED", "insufficient_balance", 3),
        ("TERMINATED", "stopped", 130),
    ],
)
def test_the_end_of_an_execution_decides_the_exit_code(status: str, error_code: str, code: int) -> None:
    assert exit_of(GraphExecution(status=status, error_code=error_code)) == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (GraphInvalid(), Exit.INVALID),
        (InputInvalid(), Exit.INVALID),
        (GraphNotFound(), Exit.INVALID),
        (InsufficientBalance(user_id=uuid7(), balance=0, amount=1), Exit.NO_CREDITS),
        (Unavailable(), Exit.FAILED),
        (JournalFailed(), Exit.FAILED),
    ],
)
def test_a_refused_launch_decides_the_exit_code(error: SluiceError, code: Exit) -> None:
    assert exit_of_error(error) is code
