"""What happened lately that is told once within a while."""

from django.db import models

SIGNATURE_CHARACTERS = 300


class Occurrence(models.Model):
    """Something that happens again and again. One row for each signature, however many processes meet it."""

    signature = models.CharField(max_length=SIGNATURE_CHARACTERS, unique=True)
    #: When it was last told.
    told_at = models.DateTimeField()
    #: How often it happened since then.
    suppressed = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["told_at"], name="occurrence_by_age")]

    def __str__(self) -> str:
        return self.signature
