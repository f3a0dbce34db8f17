"""Issues of GitHub."""

from collections.abc import AsyncIterator
from typing import Any, Literal

from blocks.base import Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.library.github import (
    GITHUB,
    MAX_ENTRIES,
    GithubBlock,
    IssuePins,
    RepositoryPins,
    each_then_all,
    entries,
    issue_path,
    repository_path,
)
from blocks.service import text_in


class GithubMakeIssueBlock(GithubBlock):
    """Opens an issue."""

    id = "691dad47-f494-44c3-a1e8-05b7990f2dab"
    description = "Opens an issue in a repository of GitHub."
    examples = (
        Example(
            input={"repo_url": "https://github.com/ada/engine", "title": "A wheel is loose", "body": "The third."},
            output=[("number", 2), ("url", "https://github.com/ada/engine/issues/2")],
            web={
                "POST https://api.github.com/repos/ada/engine/issues": (
                    201,
                    {"number": 2, "html_url": "https://github.com/ada/engine/issues/2"},
                )
            },
        ),
    )
    is_sensitive = True

    class Input(RepositoryPins):
        title: str = Pin(description="The title.")
        body: str = Pin(description="The text, in Markdown.")

    class Output(Pins):
        number: int = Pin(description="The number of the issue.")
        url: str = Pin(description="The address of the issue.")
        error: str = Pin(description="Why there is no issue.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path = f"{repository_path(input.repo_url)}/issues"
        issue = await GITHUB.ask(context, "POST", path, json={"title": input.title, "body": input.body})
        yield "number", int(issue.get("number") or 0)
        yield "url", text_in(issue, "html_url")


class GithubReadIssueBlock(GithubBlock):
    """Reads an issue."""

    id = "6443c75d-032a-4772-9c08-230c707c8acc"
    description = "Gives title, text and author of an issue of GitHub."
    examples = (
        Example(
            input={"issue_url": "https://github.com/ada/engine/issues/2"},
            output=[("title", "A wheel is loose"), ("body", "The third."), ("user", "grace")],
            web={
                "GET https://api.github.com/repos/ada/engine/issues/2": {
                    "title": "A wheel is loose",
                    "body": "The third.",
                    "user": {"login": "grace"},
                }
            },
        ),
    )
    effect = Effect.IDEMPOTENT

    class Input(IssuePins):
        pass

    class Output(Pins):
        title: str = Pin(description="The title.")
        body: str = Pin(description="The text, in Markdown.")
        user: str = Pin(description="Who opened it.")
        error: str = Pin(description="Why it cannot be read.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        issue = await GITHUB.ask(context, "GET", issue_path(input.issue_url))
        yield "title", text_in(issue, "title")
        yield "body", text_in(issue, "body")
        yield "user", text_in(issue, "user", "login")


class GithubListIssuesBlock(GithubBlock):
    """Lists the issues of a repository."""

    id = "c215bfd7-0e57-4573-8f8c-f7d4963dcd74"
    description = "Gives the issues of a repository of GitHub, each by itself and all together."
    examples = (
        Example(
            input={"repo_url": "https://github.com/ada/engine", "labels": ["bug"]},
            output=[("issue", {"title": "A wheel is loose", "url": "u"}), ("issues", list)],
            web={
                "GET https://api.github.com/repos/ada/engine/issues": [
                    {"title": "A wheel is loose", "html_url": "u"},
                    {"title": "Tighten it", "html_url": "v", "pull_request": {}},
                ]
            },
        ),
    )
    effect = Effect.IDEMPOTENT

    class Input(RepositoryPins):
        state: Literal["open", "closed", "all"] = Pin(default="open", description="Of which state.")
        include_pull_requests: bool = Pin(default=False, description="Whether pull requests are listed too.")
        labels: list[str] = Pin(default_factory=list, description="Only issues that have all these labels.")
        limit: int = Pin(default=100, ge=1, le=MAX_ENTRIES, description="How many issues at most.")
        assignee: str = Pin(default="", description="Only those of this user; none for nobody's, * for anybody's.")
        creator: str = Pin(default="", description="Only those that this user opened.")
        mentioned: str = Pin(default="", description="Only those that mention this user.")
        milestone: str = Pin(default="", description="Only those of the milestone of this number; none, or * for any.")
        sort: Literal["created", "updated", "comments"] = Pin(default="created", description="By what to sort.")
        direction: Literal["asc", "desc"] = Pin(default="desc", description="In which direction.")
        since: str = Pin(default="", description="Only what was changed at or after this time, in ISO 8601.")

    class Output(Pins):
        issue: dict[str, str] = Pin(description="An issue: title, url.")
        issues: list[dict[str, str]] = Pin(description="All of them.")
        error: str = Pin(description="Why there are no issues.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path, wanted = f"{repository_path(input.repo_url)}/issues", issue_filter(input)
        left_out = frozenset() if input.include_pull_requests else frozenset({"pull_request"})
        found = await entries(context, path, wanted, limit=input.limit, left_out=left_out)
        issues = [{"title": text_in(entry, "title"), "url": text_in(entry, "html_url")} for entry in found]
        for output in each_then_all("issue", "issues", issues):
            yield output


def issue_filter(input: GithubListIssuesBlock.Input) -> dict[str, Any]:
    """The query of GitHub for what is wanted; empty texts are no wish."""
    texts = {name: getattr(input, name) or None for name in ("assignee", "creator", "mentioned", "milestone", "since")}
    return {
        "state": input.state,
        "labels": ",".join(input.labels) or None,
        "sort": input.sort,
        "direction": input.direction,
        **texts,
    }
