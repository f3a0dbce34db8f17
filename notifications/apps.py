from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class NotificationsAppConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from notifications.outbox import install_after_migrate, remove_before_migrate

        pre_migrate.connect(remove_before_migrate, sender=self, dispatch_uid="notifications.remove_before_migrate")
        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="notifications.install_after_migrate")
