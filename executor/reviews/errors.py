"""What can go wrong with reviews."""

from reliability.errors import Conflict, InvalidInput, NotFound


class ReviewNotFound(NotFound):
    """There is no such review."""

    code = "review_not_found"


class DecisionInvalid(InvalidInput):
    """The decision does not fit the review."""

    # data["fields"]: {node execution id: message}
    code = "decision_invalid"


class NotInReview(Conflict):
    """The execution does not wait for decisions: other nodes of it still run, or it has gone on, or ended."""

    code = "not_in_review"


class AlreadyDecided(Conflict):
    """The review is decided already."""

    code = "already_decided"


class ReviewChanged(Conflict):
    """What was decided about is not what the review asks: look at it again."""

    code = "review_changed"
