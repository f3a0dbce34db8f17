"""The child's side of `reliability.sandbox.workbooks`: a line of JSON and the file on stdin, JSON on stdout."""

import json
import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any


def main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[3]))  # where `reliability` is
    import python_calamine  # noqa: F401 - what is imported must not count

    from reliability.sandbox.rlimits import limit

    job, content = json.loads(sys.stdin.buffer.readline()), sys.stdin.buffer.read()
    limit(**job["limits"])
    json.dump(_answer(content, job["most"]), sys.stdout)


def _answer(content: bytes, most: int) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        if sheet.height * sheet.width > most:
            return {"error": f"The first sheet has {sheet.height * sheet.width:,} cells; the limit is {most:,}."}
        return {"lines": [[_text(cell) for cell in row] for row in sheet.to_python()]}
    except PasswordError:
        return {"error": "The workbook is protected by a password."}
    except (CalamineError, OSError, OverflowError, ValueError) as error:  # the last two for times that Python lacks
        return {"error": f"The workbook is faulty: {str(error)[:200]}."}


def _text(cell: Any) -> str:
    """A whole number without its decimal point, a day without its hour at midnight, as a person would write them."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return str(cell).removesuffix(" 00:00:00")
    return str(cell)


if __name__ == "__main__":
    main()
