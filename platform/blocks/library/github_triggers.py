"""Blocks that start a graph when something happens to pull requests, issues and discussions of GitHub."""

from typing import Any

from blocks.base import Example, Pin
from blocks.library.github_events import DiscussionEvents, IssueEvents, PullRequestEvents
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


class GithubPullRequestTriggerBlock(GithubTriggerBlock):
    id = "6c60ec01-8128-419e-988f-96a063ee2fea"
    description = "Starts the graph when something happens to a pull request of a repository of GitHub."
    webhook = ProviderWebhook(provider="github", resource="repo", kind="pull_request", events="events")
    examples = (
        Example(
            input={
                "repo": "ada/engine",
                "events": {"opened": True},
                "payload": {"action": "opened", "number": 2, "pull_request": {"html_url": "u"}, "sender": ADA},
            },
            output=[
                ("payload", dict),
                ("triggered_by_user", ADA),
                ("event", "opened"),
                ("number", 2),
                ("pull_request", {"html_url": "u"}),
                ("pull_request_url", "u"),
            ],
        ),
    )

    class Input(TriggerPins):
        events: PullRequestEvents = Pin(title="Events", description="What must happen to a pull request.")

    class Output(TriggerOutputs):
        event: str = Pin(description="What happened, opened for instance.")
        number: int = Pin(description="The number of the pull request.")
        pull_request: Entries = Pin(description="The pull request.")
        pull_request_url: str = Pin(description="Its address.")

    def told(self, payload: Entries) -> Emitted:
        pull_request = object_in(payload, "pull_request")
        yield "event", text_in(payload, "action")
        yield "number", number(payload.get("number") or pull_request.get("number"))
        yield "pull_request", pull_request
        yield "pull_request_url", text_in(pull_request, "html_url")


class GithubIssuesTriggerBlock(GithubTriggerBlock):
    id = "b2605464-e486-4bf4-aad3-d8a213c8a48a"
    description = "Starts the graph when something happens to an issue of a repository of GitHub."
    webhook = ProviderWebhook(provider="github", resource="repo", kind="issues", events="events")
    examples = (
        Example(
            input={
                "repo": "ada/engine",
                "events": {"opened": True},
                "payload": {
                    "action": "opened",
                    "issue": {"number": 3, "html_url": "u", "title": "Loose", "body": None, "state": "open"},
                    "sender": ADA,
                },
            },
            output=[
                ("payload", dict),
                ("triggered_by_user", ADA),
                ("event", "opened"),
                ("number", 3),
                ("issue", dict),
                ("issue_url", "u"),
                ("issue_title", "Loose"),
                ("issue_body", ""),
                ("labels", []),
                ("assignees", []),
                ("state", "open"),
            ],
        ),
    )

    class Input(TriggerPins):
        events: IssueEvents = Pin(title="Events", description="What must happen to an issue.")

    class Output(TriggerOutputs):
        event: str = Pin(description="What happened, opened for instance.")
        number: int = Pin(description="The number of the issue.")
        issue: Entries = Pin(description="The issue.")
        issue_url: str = Pin(description="Its address.")
        issue_title: str = Pin(description="Its title.")
        issue_body: str = Pin(description="Its text, in Markdown.")
        labels: list[Any] = Pin(description="Its labels.")
        assignees: list[Any] = Pin(description="Who is to see to it.")
        state: str = Pin(description="open or closed.")

    def told(self, payload: Entries) -> Emitted:
        issue = object_in(payload, "issue")
        yield "event", text_in(payload, "action")
        yield "number", number(issue.get("number"))
        yield "issue", issue
        yield "issue_url", text_in(issue, "html_url")
        yield "issue_title", text_in(issue, "title")
        yield "issue_body", text_in(issue, "body")
        yield "labels", list_in(issue, "labels")
        yield "assignees", list_in(issue, "assignees")
        yield "state", text_in(issue, "state")


class GithubDiscussionTriggerBlock(GithubTriggerBlock):
    id = "87f847b3-d81a-424e-8e89-acadb5c9d52b"
    description = "Starts the graph when something happens to a discussion of a repository of GitHub that has them."
    webhook = ProviderWebhook(provider="github", resource="repo", kind="discussion", events="events")
    examples = (
        Example(
            input={
                "repo": "ada/engine",
                "events": {"answered": True},
                "payload": {
                    "action": "answered",
                    "discussion": {
                        "number": 4,
                        "html_url": "u",
                        "title": "How?",
                        "body": "So?",
                        "category": {"name": "Q&A"},
                        "state": "open",
                    },
                    "sender": ADA,
                },
            },
            output=[
                ("payload", dict),
                ("triggered_by_user", ADA),
                ("event", "answered"),
                ("number", 4),
                ("discussion", dict),
                ("discussion_url", "u"),
                ("title", "How?"),
                ("body", "So?"),
                ("category", {"name": "Q&A"}),
                ("category_name", "Q&A"),
                ("state", "open"),
            ],
        ),
    )

    class Input(TriggerPins):
        events: DiscussionEvents = Pin(title="Events", description="What must happen to a discussion.")

    class Output(TriggerOutputs):
        event: str = Pin(description="What happened, created for instance.")
        number: int = Pin(description="The number of the discussion.")
        discussion: Entries = Pin(description="The discussion.")
        discussion_url: str = Pin(description="Its address.")
        title: str = Pin(description="Its title.")
        body: str = Pin(description="Its text, in Markdown.")
        category: Entries = Pin(description="Its category.")
        category_name: str = Pin(description="What the category is called.")
        state: str = Pin(description="open, closed or locked.")

    def told(self, payload: Entries) -> Emitted:
        discussion = object_in(payload, "discussion")
        yield "event", text_in(payload, "action")
        yield "number", number(discussion.get("number"))
        yield "discussion", discussion
        yield "discussion_url", text_in(discussion, "html_url")
        yield "title", text_in(discussion, "title")
        yield "body", text_in(discussion, "body")
        yield "category", discussion.get("category") or {}
        yield "category_name", text_in(discussion, "category", "name")
        yield "state", text_in(discussion, "state")
