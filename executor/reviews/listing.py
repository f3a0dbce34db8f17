"""Reviews in a list."""

from executor.reviews.models import ReviewQuerySet
from executor.reviews.serializers import review_body
from executor.telling.fitting import LARGE_IN_VERSION, fill
from executor.telling.payloads import Payload

#: What a list does not tell, or reads one after the other.
LARGE = (
    "payload",
    "node_execution__inputs",
    "node_execution__stats",
    "node_execution__error",
    "execution__inputs",
    "execution__input_masks",
    "execution__skipped_nodes",
    "execution__stats",
    "execution__error",
    *(f"execution__{column}" for column in LARGE_IN_VERSION),
)


def listed_bodies(reviews: ReviewQuerySet) -> list[Payload]:
    """Two queries, and never more payloads in memory than an answer may hold."""
    shown = list(reviews.select_related("node_execution", "execution__version").defer(*LARGE))
    full = fill(shown, "payload", empty=lambda: None)
    return [review_body(review) | {"has_payload": review.pk in full} for review in shown]
