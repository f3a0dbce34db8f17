"""The last lines for a person: the outputs, the error, and one line that sums the execution up."""

from collections.abc import Iterator

from console.terminal.result import Result
from console.terminal.words import counted, credits_text, is_block, one_line, seconds_text, value_text


def closing_lines(result: Result, *, blocks: bool = False) -> Iterator[str]:
    """blocks: text of several lines is printed as such, not as JSON on one line."""
    for name, values in result.outputs.items():
        for value in values:
            yield from _block(name, value) if blocks and is_block(value) else [f"{one_line(name)}: {value_text(value)}"]
    if result.error:
        yield f"error: {one_line(result.error, limit=2000)}"
    yield summary(result)


def _block(name: str, text: str) -> Iterator[str]:
    yield f"{one_line(name)}:"
    for line in text.rstrip().splitlines():
        yield f"    {line}"


def summary(result: Result) -> str:
    failed = f", {result.node_error_count} failed" if result.node_error_count else ""
    parts = (
        result.status,
        counted(result.node_count, "node execution") + failed,
        seconds_text(result.duration) or "never started",
        f"{credits_text(result.cost)}, {result.balance:,} left",
        result.execution_id,
    )
    return " · ".join(parts)
