"""What can happen at GitHub, of each kind of event: a flag for each action ("Webhook events and payloads")."""

from pydantic import BaseModel


class PullRequestEvents(BaseModel):
    assigned: bool = False
    auto_merge_disabled: bool = False
    auto_merge_enabled: bool = False
    closed: bool = False
    converted_to_draft: bool = False
    demilestoned: bool = False
    dequeued: bool = False
    edited: bool = False
    enqueued: bool = False
    labeled: bool = False
    locked: bool = False
    milestoned: bool = False
    opened: bool = False
    ready_for_review: bool = False
    reopened: bool = False
    review_request_removed: bool = False
    review_requested: bool = False
    synchronize: bool = False
    unassigned: bool = False
    unlabeled: bool = False
    unlocked: bool = False


class IssueEvents(BaseModel):
    assigned: bool = False
    closed: bool = False
    deleted: bool = False
    demilestoned: bool = False
    edited: bool = False
    labeled: bool = False
    locked: bool = False
    milestoned: bool = False
    opened: bool = False
    pinned: bool = False
    reopened: bool = False
    transferred: bool = False
    unassigned: bool = False
    unlabeled: bool = False
    unlocked: bool = False
    unpinned: bool = False


class DiscussionEvents(BaseModel):
    answered: bool = False
    category_changed: bool = False
    closed: bool = False
    created: bool = False
    deleted: bool = False
    edited: bool = False
    labeled: bool = False
    locked: bool = False
    pinned: bool = False
    reopened: bool = False
    transferred: bool = False
    unanswered: bool = False
    unlabeled: bool = False
    unlocked: bool = False
    unpinned: bool = False


class ReleaseEvents(BaseModel):
    created: bool = False
    deleted: bool = False
    edited: bool = False
    prereleased: bool = False
    published: bool = False
    released: bool = False
    unpublished: bool = False


class StarEvents(BaseModel):
    created: bool = False
    deleted: bool = False
