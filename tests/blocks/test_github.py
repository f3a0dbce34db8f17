from typing import Any

import pytest

from blocks.base import Effect
from blocks.credentials import CredentialType
from blocks.errors import BlockError
from blocks.library.github import MAX_PAGES, issue_path, repository_path
from blocks.library.github_comments import GithubCommentBlock, GithubListCommentsBlock, GithubUpdateCommentBlock
from blocks.library.github_issues import GithubListIssuesBlock, GithubMakeIssueBlock, GithubReadIssueBlock
from tests.blocks.running import CANARY, make_credential
from tests.blocks.services import ask
from tests.world.github import (
    COMMENT,
    COMMENTS,
    ISSUE,
    ISSUES,
    NEW_COMMENT,
    NEW_ISSUE,
    GitHub,
    comment,
    issue,
)
from tests.world.server import World
from tests.world.troubles import Trouble, assert_told, each_trouble

REPOSITORY = {"repo_url": "https://github.com/ada/engine"}
THE_ISSUE = {"issue_url": "https://github.com/ada/engine/issues/1"}
OLD_COMMENT = {"comment_url": "https://github.com/ada/engine/issues/1#issuecomment-7", "comment": "Mended."}


async def test_comment_is_written_with_the_token(world: World) -> None:
    GitHub(world).open()

    emitted = await ask(GithubCommentBlock(), THE_ISSUE | {"comment": "It works."}, world)

    assert emitted == [("id", 8), ("url", "https://github.com/ada/engine/issues/1#issuecomment-8")]
    [call] = world.calls
    assert call.json == {"body": "It works."}
    assert call.headers["authorization"] == f"Bearer {CANARY}"
    assert call.headers["accept"] == "application/vnd.github+json"
    assert call.headers["x-github-api-version"] == "2022-11-28"
    assert call.headers["user-agent"] == "Sluice"


async def test_a_connected_account_does_as_well_as_a_token(world: World) -> None:
    GitHub(world).open()
    credentials = {"credentials": make_credential("github", CredentialType.OAUTH2)}

    await ask(GithubReadIssueBlock(), THE_ISSUE, world, credentials=credentials)

    assert world.calls[0].headers["authorization"] == f"Bearer {CANARY}"


async def test_issue_is_opened(world: World) -> None:
    GitHub(world).open()

    emitted = await ask(GithubMakeIssueBlock(), REPOSITORY | {"title": "Loose", "body": "The third."}, world)

    assert emitted == [("number", 3), ("url", "https://github.com/ada/engine/issues/3")]
    assert world.calls[0].json == {"title": "Loose", "body": "The third."}


async def test_issue_is_read(world: World) -> None:
    GitHub(world).open()

    emitted = await ask(GithubReadIssueBlock(), THE_ISSUE, world)

    assert emitted == [("title", "Issue 1"), ("body", "It squeaks."), ("user", "ada")]


async def test_issue_without_text_of_a_deleted_user_is_read(world: World) -> None:
    world.says(ISSUE, issue(1, body=None, user=None))

    emitted = await ask(GithubReadIssueBlock(), THE_ISSUE, world)

    assert emitted == [("title", "Issue 1"), ("body", ""), ("user", "")]


@pytest.mark.parametrize(
    "inputs",
    [OLD_COMMENT, THE_ISSUE | {"comment_id": "7", "comment": "Mended."}],
    ids=["by its address", "by its number"],
)
async def test_comment_is_changed(world: World, inputs: dict[str, Any]) -> None:
    GitHub(world).open()

    emitted = dict(await ask(GithubUpdateCommentBlock(), inputs, world))

    assert emitted["id"] == 7
    assert world.asked(*COMMENT.split())[0].json == {"body": "Mended."}


async def test_comment_to_change_must_be_named(world: World) -> None:
    with pytest.raises(BlockError, match="comment_url, or issue_url"):
        await ask(GithubUpdateCommentBlock(), {"comment": "Mended."}, world)
    assert world.calls == []


async def test_comments_are_given_each_and_together(world: World) -> None:
    GitHub(world, comments=[comment(7), comment(8, user=None)]).open()

    emitted = await ask(GithubListCommentsBlock(), THE_ISSUE, world)

    first = {"id": 7, "body": "Comment 7", "user": "ada", "url": comment(7)["html_url"]}
    second = {"id": 8, "body": "Comment 8", "user": "", "url": comment(8)["html_url"]}
    assert emitted == [("comment", first), ("comment", second), ("comments", [first, second])]


async def test_issues_are_listed_without_pull_requests(world: World) -> None:
    GitHub(world, issues=[issue(3), issue(2, pull_request={"url": "u"}), issue(1)]).open()

    emitted = await ask(GithubListIssuesBlock(), REPOSITORY, world)

    assert [found["title"] for found in emitted[-1][1]] == ["Issue 3", "Issue 1"]


async def test_pull_requests_are_listed_if_wanted(world: World) -> None:
    GitHub(world, issues=[issue(2, pull_request={"url": "u"}), issue(1)]).open()

    emitted = await ask(GithubListIssuesBlock(), REPOSITORY | {"include_pull_requests": True}, world)

    assert emitted[:2] == [
        ("issue", {"title": "Issue 2", "url": issue(2)["html_url"]}),
        ("issue", {"title": "Issue 1", "url": issue(1)["html_url"]}),
    ]


async def test_only_wishes_are_asked_for(world: World) -> None:
    GitHub(world).open()

    await ask(GithubListIssuesBlock(), REPOSITORY | {"labels": ["bug", "old"], "state": "all", "creator": "ada"}, world)

    assert world.calls[0].params == {
        "state": "all",
        "labels": "bug,old",
        "creator": "ada",
        "sort": "created",
        "direction": "desc",
        "per_page": "100",
        "page": "1",
    }


async def test_a_list_is_read_page_after_page(world: World) -> None:
    GitHub(world, issues=[issue(number) for number in range(250)]).open()

    emitted = await ask(GithubListIssuesBlock(), REPOSITORY | {"limit": 240}, world)

    assert len(emitted[-1][1]) == 240
    assert [call.params["page"] for call in world.calls] == ["1", "2", "3"]


async def test_a_list_without_end_is_left(world: World) -> None:
    world.says(ISSUES, [issue(number, pull_request={}) for number in range(100)])

    emitted = await ask(GithubListIssuesBlock(), REPOSITORY, world)

    assert emitted == [("issues", [])]
    assert len(world.calls) == MAX_PAGES


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://github.com/ada/engine", "/repos/ada/engine"),
        (" https://www.github.com/ada/engine/ ", "/repos/ada/engine"),
        ("http://github.com/ada/engine.git", "/repos/ada/engine"),
        ("https://github.com/ada/an.engine_2", "/repos/ada/an.engine_2"),
    ],
)
def test_address_of_a_repository_is_read(url: str, path: str) -> None:
    assert repository_path(url) == path


@pytest.mark.parametrize(
    "end", ["issues/1", "pull/1", "issues/1/", "pull/1/files", "issues/1#issuecomment-7", "pull/1?w=1"]
)
def test_address_of_an_issue_is_read(end: str) -> None:
    assert issue_path(f"https://github.com/ada/engine/{end}") == "/repos/ada/engine/issues/1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ada/engine",
        "https://github.com/ada",
        "https://github.com/ada/..",
        "https://github.com/ada/engine/../../user",
        "https://github.com.example.org/ada/engine",
        "https://example.org/?https://github.com/ada/engine",
        "https://github.com/ada/engine?x=1",
    ],
)
def test_what_is_no_address_of_a_repository_is_refused(url: str) -> None:
    with pytest.raises(BlockError, match="repo_url must be like"):
        repository_path(url)


@pytest.mark.parametrize(
    "url",
    ["https://github.com/ada/engine", "https://github.com/ada/engine/issues/new", "https://github.com/a/b/issues/1x"],
)
def test_what_is_no_address_of_an_issue_is_refused(url: str) -> None:
    with pytest.raises(BlockError, match="issue_url must be like"):
        issue_path(url)


async def test_an_answer_of_another_form_is_told(world: World) -> None:
    world.says(COMMENTS, {"not": "a list"})

    with pytest.raises(BlockError, match="GitHub answered in a form that is not documented"):
        await ask(GithubListCommentsBlock(), THE_ISSUE, world)


def test_only_what_writes_anew_may_not_repeat() -> None:
    once = {block for block in (GithubCommentBlock, GithubMakeIssueBlock) if block.effect is Effect.ONCE}
    assert once == {GithubCommentBlock, GithubMakeIssueBlock}
    for block in (GithubUpdateCommentBlock, GithubListCommentsBlock, GithubReadIssueBlock, GithubListIssuesBlock):
        assert block.effect is Effect.IDEMPOTENT


@each_trouble
@pytest.mark.parametrize(
    ("block", "asked", "inputs"),
    [
        (GithubCommentBlock(), NEW_COMMENT, THE_ISSUE | {"comment": "x"}),
        (GithubUpdateCommentBlock(), COMMENT, OLD_COMMENT),
        (GithubListCommentsBlock(), COMMENTS, THE_ISSUE),
        (GithubMakeIssueBlock(), NEW_ISSUE, REPOSITORY | {"title": "x", "body": "y"}),
        (GithubReadIssueBlock(), ISSUE, THE_ISSUE),
        (GithubListIssuesBlock(), ISSUES, REPOSITORY),
    ],
    ids=["comment", "change", "comments", "issue", "read", "issues"],
)
async def test_trouble_is_told(trouble: Trouble, world: World, asked: str, block: Any, inputs: dict[str, Any]) -> None:
    await assert_told(trouble, world, asked, block, inputs)
