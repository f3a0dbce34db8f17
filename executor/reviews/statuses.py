"""What a review may say."""

from django.db import models


class ReviewStatus(models.TextChoices):
    """Where a review stands. Once decided, it stays so."""

    WAITING = "WAITING", "Waiting"
    APPROVED = "APPROVED", "Approved"
    REJECTED = "REJECTED", "Rejected"
