"""GitHub, as docs.github.com/rest describes it: one repository with issues and comments."""

from dataclasses import dataclass, field
from typing import Any

from tests.world.server import Call, Said, World

BASE = "https://api.github.com/repos/ada/engine"
ISSUES = f"GET {BASE}/issues"
NEW_ISSUE = f"POST {BASE}/issues"
ISSUE = f"GET {BASE}/issues/1"
COMMENTS = f"GET {BASE}/issues/1/comments"
NEW_COMMENT = f"POST {BASE}/issues/1/comments"
COMMENT = f"PATCH {BASE}/issues/comments/7"

ADA = {"login": "ada", "id": 1}


def issue(number: int, **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "title": f"Issue {number}",
        "body": None,
        "user": ADA,
        "html_url": f"https://github.com/ada/engine/issues/{number}",
    } | more


def comment(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "body": f"Comment {number}",
        "user": ADA,
        "html_url": f"https://github.com/ada/engine/issues/1#issuecomment-{number}",
    } | more


@dataclass
class GitHub:
    """issues, comments: all that there are, in the order in which they are listed."""

    world: World
    issues: list[dict[str, Any]] = field(default_factory=lambda: [issue(2), issue(1)])
    comments: list[dict[str, Any]] = field(default_factory=lambda: [comment(7)])

    def open(self) -> None:
        self.world.says(ISSUES, lambda call: _page(self.issues, call))
        self.world.says(COMMENTS, lambda call: _page(self.comments, call))
        self.world.says(ISSUE, issue(1, body="It squeaks."))
        self.world.says(NEW_ISSUE, lambda call: (201, issue(3, **call.json)))
        self.world.says(NEW_COMMENT, lambda call: (201, comment(8, **call.json)))
        self.world.says(COMMENT, lambda call: comment(7, **call.json))


def _page(entries: list[dict[str, Any]], call: Call) -> Said:
    size, number = int(call.params.get("per_page", "30")), int(call.params.get("page", "1"))
    return entries[size * (number - 1) : size * number]
