"""Executions whose outputs their owners show to whoever has the link."""

from django.db import models

from executor.models import GraphExecution


class Share(models.Model):
    """A link to the outputs of an execution. Gone as soon as it is deleted; the next one has another token."""

    execution = models.OneToOneField(GraphExecution, on_delete=models.CASCADE, primary_key=True, related_name="share")
    #: SHA-256 of the token, by which it is found.
    digest = models.CharField(max_length=64, unique=True)
    #: The token, sealed: its owner may see the link again, whoever has only the database may not.
    sealed = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.execution_id)
