"""Blocks that start a graph when a repository of GitHub changes: its commits, its releases, its stars."""

from typing import Any

from blocks.base import Example, Pin
from blocks.errors import BlockError
from blocks.library.github_events import ReleaseEvents, StarEvents
from blocks.library.github_trigger import (
    ADA,
    Emitted,
    Entries,
    GithubTriggerBlock,
    TriggerOutputs,
    TriggerPins,
    list_in,
    number,
    object_in,
)
from blocks.provider_webhooks import ProviderWebhook
from blocks.service import text_in

_ENGINE = {"full_name": "ada/engine", "html_url": "https://github.com/ada/engine", "stargazers_count": 7}


class GithubReleaseTriggerBlock(GithubTriggerBlock):
    id = "2052dd1b-74e1-46ac-9c87-c7a0e057b60b"
    description = "Starts the graph when something happens to a release of a repository of GitHub."
    webhook = ProviderWebhook(provider="github", resource="repo", kind="release", events="events")
    examples = (
        Example(
            input={
                "repo": "ada/engine",
                "events": {"published": True},
                "payload": {
                    "action": "published",
                    "release": {"html_url": "u", "tag_name": "v1", "name": None, "body": "New.", "prerelease": True},
                    "sender": ADA,
                },
            },
            output=[
                ("payload", dict),
                ("triggered_by_user", ADA),
                ("event", "published"),
                ("release", dict),
                ("release_url", "u"),
                ("tag_name", "v1"),
                ("release_name", ""),
                ("body", "New."),
                ("prerelease", True),
                ("draft", False),
                ("assets", []),
            ],
        ),
    )

    class Input(TriggerPins):
        events: ReleaseEvents = Pin(title="Events", description="What must happen to a release.")

    class Output(TriggerOutputs):
        event: str = Pin(description="What happened, published for instance.")
        release: Entries = Pin(description="The release.")
        release_url: str = Pin(description="Its address.")
        tag_name: str = Pin(description="Its tag.")
        release_name: str = Pin(description="Its name.")
        body: str = Pin(description="What it brings, in Markdown.")
        prerelease: bool = Pin(description="Whether it comes before a release.")
        draft: bool = Pin(description="Whether it is a draft.")
        assets: list[Any] = Pin(description="Its files.")

    def told(self, payload: Entries) -> Emitted:
        release = object_in(payload, "release")
        yield "event", text_in(payload, "action")
        yield "release", release
        yield "release_url", text_in(release, "html_url")
        yield "tag_name", text_in(release, "tag_name")
        yield "release_name", text_in(release, "name")
        yield "body", text_in(release, "body")
        yield "prerelease", bool(release.get("prerelease"))
        yield "draft", bool(release.get("draft"))
        yield "assets", list_in(release, "assets")


class GithubStarTriggerBlock(GithubTriggerBlock):
    id = "551e0a35-100b-49b7-89b8-3031322239b6"
    description = "Starts the graph when somebody gives a repository of GitHub a star, or takes it back."
    webhook = ProviderWebhook(provider="github", resource="repo", kind="star", events="events")
    examples = (
        Example(
            input={
                "repo": "ada/engine",
                "events": {"created": True},
                "payload": {"action": "created", "starred_at": "t", "repository": _ENGINE, "sender": ADA},
            },
            output=[
                ("payload", dict),
                ("triggered_by_user", ADA),
                ("event", "created"),
                ("starred_at", "t"),
                ("stargazers_count", 7),
                ("repository_name", "ada/engine"),
                ("repository_url", "https://github.com/ada/engine"),
            ],
        ),
    )

    class Input(TriggerPins):
        events: StarEvents = Pin(title="Events", description="Whether a star must be given or taken back.")

    class Output(TriggerOutputs):
        event: str = Pin(description="created or deleted.")
        starred_at: str = Pin(description="When it was given, in ISO 8601; empty if it was taken back.")
        stargazers_count: int = Pin(description="How many the repository has now.")
        repository_name: str = Pin(description="Owner and name of the repository.")
        repository_url: str = Pin(description="Its address.")

    def told(self, payload: Entries) -> Emitted:
        repository = object_in(payload, "repository")
        yield "event", text_in(payload, "action")
        yield "starred_at", text_in(payload, "starred_at")
        yield "stargazers_count", number(repository.get("stargazers_count"))
        yield "repository_name", text_in(repository, "full_name")
        yield "repository_url", text_in(repository, "html_url")


class GithubPushTriggerBlock(GithubTriggerBlock):
    id = "4a0d0c2e-6b57-4d0b-9d50-2f7b8b6f3c11"
    description = "Starts the graph when commits or tags are pushed to a repository of GitHub, or one is deleted there."
    webhook = ProviderWebhook(provider="github", resource="repo", kind="push")
    examples = (
        Example(
            input={
                "repo": "ada/engine",
                "payload": {
                    "ref": "refs/heads/main",
                    "before": "a1",
                    "after": "b2",
                    "commits": [{"id": "b2"}],
                    "compare": "u",
                    "sender": ADA,
                },
            },
            output=[
                ("payload", dict),
                ("triggered_by_user", ADA),
                ("ref", "refs/heads/main"),
                ("branch", "main"),
                ("before", "a1"),
                ("after", "b2"),
                ("commits", [{"id": "b2"}]),
                ("compare_url", "u"),
            ],
        ),
    )

    class Input(TriggerPins):
        pass

    class Output(TriggerOutputs):
        ref: str = Pin(description="What was pushed to: refs/heads/main, or refs/tags/v1.")
        branch: str = Pin(description="The branch; empty for a tag.")
        before: str = Pin(description="The commit that it pointed to; zeros if it is new.")
        after: str = Pin(description="The commit that it points to; zeros if it was deleted.")
        commits: list[Any] = Pin(description="The commits that were pushed.")
        compare_url: str = Pin(description="Where what has changed is shown.")

    def told(self, payload: Entries) -> Emitted:
        ref = text_in(payload, "ref")
        if not ref:
            raise BlockError("The payload has no ref: GitHub has posted something else.")
        _, is_branch, branch = ref.partition("refs/heads/")
        yield "ref", ref
        yield "branch", branch if is_branch else ""
        yield "before", text_in(payload, "before")
        yield "after", text_in(payload, "after")
        yield "commits", list_in(payload, "commits")
        yield "compare_url", text_in(payload, "compare")
