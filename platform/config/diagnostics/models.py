"""No tables: each stands for a page of the admin, and for the permission to see it.

They are proxies, whose rows are those of another model, so that nothing that goes through all models asks for tables
that are not there.
"""

from django.contrib.contenttypes.models import ContentType

from executor.models import GraphExecution


class Workers(GraphExecution):
    """Executions by who has them."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "workers and queue"


class Settings(ContentType):
    """What the installation was told."""

    class Meta:
        proxy = True
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "settings in force"
