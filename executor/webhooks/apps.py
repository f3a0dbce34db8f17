from django.apps import AppConfig
from django.db.models.signals import pre_delete


class WebhooksAppConfig(AppConfig):
    name = "executor.webhooks"

    def ready(self) -> None:
        from executor.webhooks.deleted_users import remove_with_user
        from executor.webhooks.models import Registration

        pre_delete.connect(remove_with_user, sender=Registration, dispatch_uid="webhooks.remove_with_user")
