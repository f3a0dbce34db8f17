"""Executions that their owners have deleted."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from executor.models import GraphExecution


class Deletion(models.Model):
    """From now on nobody finds the execution. Its rows stay for the books; what was said in them goes."""

    execution = models.OneToOneField(
        GraphExecution, on_delete=models.CASCADE, primary_key=True, related_name="deletion"
    )
    deleted_at = models.DateTimeField()
    #: Whether values are still to be taken out of its rows, and its files to be looked at.
    values_due = models.BooleanField(default=True)
    files_due = models.BooleanField(default=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["deleted_at"], condition=Q(values_due=True), name="deletion_of_values"),
            models.Index(fields=["deleted_at"], condition=Q(files_due=True), name="deletion_of_files"),
        ]

    def __str__(self) -> str:
        return str(self.execution_id)
