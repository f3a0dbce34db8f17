from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class NotificationsAppConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        from credits.events import credits_changing
        from credits.payments.events import refund_changing
        from executor.schedules.pausing import schedule_pausing
        from notifications.figures import add_figures
        from notifications.messages.listening import note_credits, note_pause, note_refund
        from notifications.outbox import install_after_migrate, remove_before_migrate

        add_figures()
        pre_migrate.connect(remove_before_migrate, sender=self, dispatch_uid="notifications.remove_before_migrate")
        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="notifications.install_after_migrate")
        credits_changing.connect(note_credits, dispatch_uid="notifications.credits")
        refund_changing.connect(note_refund, dispatch_uid="notifications.refunds")
        schedule_pausing.connect(note_pause, dispatch_uid="notifications.pauses")
