"""Comments on issues and pull requests of GitHub."""

from collections.abc import AsyncIterator
from typing import Any

from blocks.base import Effect, Example, Pin, Pins
from blocks.context import Context
from blocks.errors import BlockError
from blocks.library.github import (
    COMMENT,
    GITHUB,
    ISSUE,
    MAX_ENTRIES,
    GithubBlock,
    GithubPins,
    IssuePins,
    each_then_all,
    entries,
    issue_path,
    matched,
)
from blocks.service import text_in


class WrittenComment(Pins):
    """The outputs of blocks that write a comment."""

    id: int = Pin(description="The number of the comment.")
    url: str = Pin(description="The address of the comment.")
    error: str = Pin(description="Why the comment was not written.")


class GithubCommentBlock(GithubBlock):
    """Comments on an issue."""

    id = "a8db4d8d-db1c-4a25-a1b0-416a8c33602b"
    description = "Writes a comment on an issue or a pull request of GitHub."
    examples = (
        Example(
            input={"issue_url": "https://github.com/ada/engine/issues/1", "comment": "It works."},
            output=[("id", 7), ("url", "https://github.com/ada/engine/issues/1#issuecomment-7")],
            web={
                "POST https://api.github.com/repos/ada/engine/issues/1/comments": (
                    201,
                    {"id": 7, "html_url": "https://github.com/ada/engine/issues/1#issuecomment-7"},
                )
            },
        ),
    )
    is_sensitive = True

    class Input(IssuePins):
        comment: str = Pin(description="The comment, in Markdown.")

    Output = WrittenComment

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for output in await _written(context, "POST", f"{issue_path(input.issue_url)}/comments", input.comment):
            yield output


class GithubUpdateCommentBlock(GithubBlock):
    """Changes a comment. Doing so twice changes nothing more."""

    id = "b3f4d747-10e3-4e69-8c51-f2be1d99c9a7"
    description = "Puts another text in the place of a comment of GitHub."
    examples = (
        Example(
            input={
                "comment_url": "https://github.com/ada/engine/issues/1#issuecomment-7",
                "comment": "It works again.",
            },
            output=[("id", 7), ("url", "https://github.com/ada/engine/issues/1#issuecomment-7")],
            web={
                "PATCH https://api.github.com/repos/ada/engine/issues/comments/7": {
                    "id": 7,
                    "html_url": "https://github.com/ada/engine/issues/1#issuecomment-7",
                }
            },
        ),
    )
    effect = Effect.IDEMPOTENT
    is_sensitive = True

    class Input(GithubPins):
        comment_url: str = Pin(default="", description="The address of the comment.", advanced=False)
        issue_url: str = Pin(default="", description="Or the address of its issue, with the number of the comment.")
        comment_id: str = Pin(default="", description="The number of the comment, if there is no address of it.")
        comment: str = Pin(description="The new text, in Markdown.")

    Output = WrittenComment

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        for output in await _written(context, "PATCH", comment_path(input), input.comment):
            yield output


class GithubListCommentsBlock(GithubBlock):
    """Lists the comments on an issue, oldest first."""

    id = "c4b5fb63-0005-4a11-b35a-0c2467bd6b59"
    description = "Gives the comments on an issue or a pull request of GitHub, each by itself and all together."
    examples = (
        Example(
            input={"issue_url": "https://github.com/ada/engine/issues/1"},
            output=[("comment", {"id": 7, "body": "It works.", "user": "ada", "url": "u"}), ("comments", list)],
            web={
                "GET https://api.github.com/repos/ada/engine/issues/1/comments": [
                    {"id": 7, "body": "It works.", "user": {"login": "ada"}, "html_url": "u"}
                ]
            },
        ),
    )
    effect = Effect.IDEMPOTENT

    class Input(IssuePins):
        limit: int = Pin(default=100, ge=1, le=MAX_ENTRIES, description="How many comments at most.")
        since: str = Pin(default="", description="Only what was changed at or after this time, in ISO 8601.")

    class Output(Pins):
        comment: dict[str, Any] = Pin(description="A comment: id, body, user, url.")
        comments: list[dict[str, Any]] = Pin(description="All of them.")
        error: str = Pin(description="Why there are no comments.")

    async def run(self, input: Input, context: Context) -> AsyncIterator[tuple[str, Any]]:
        path = f"{issue_path(input.issue_url)}/comments"
        found = await entries(context, path, {"since": input.since or None}, limit=input.limit)
        for output in each_then_all("comment", "comments", [comment_of(entry) for entry in found]):
            yield output


async def _written(context: Context, method: str, path: str, text: str) -> list[tuple[str, Any]]:
    """What GitHub says of the comment once it has this text."""
    comment = await GITHUB.ask(context, method, path, json={"body": text})
    return [("id", int(comment.get("id") or 0)), ("url", text_in(comment, "html_url"))]


def comment_of(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": int(entry.get("id") or 0),
        "body": text_in(entry, "body"),
        "user": text_in(entry, "user", "login"),
        "url": text_in(entry, "html_url"),
    }


def comment_path(input: GithubUpdateCommentBlock.Input) -> str:
    """By the comment's address, else by its number and the address of its issue. Raises BlockError."""
    if input.comment_url:
        wanted = "https://github.com/owner/repo/issues/1#issuecomment-2"
        owner, name, number = matched(COMMENT, input.comment_url, "comment_url", wanted)
        return f"/repos/{owner}/{name}/issues/comments/{number}"
    if not input.comment_id.isdecimal():
        raise BlockError("Either comment_url, or issue_url and the number comment_id, must be given.")
    owner, name, _ = matched(ISSUE, input.issue_url, "issue_url", "https://github.com/owner/repo/issues/1")
    return f"/repos/{owner}/{name}/issues/comments/{int(input.comment_id)}"
