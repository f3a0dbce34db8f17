from django.apps import AppConfig


class RealtimeAppConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from executor.events import changes_committed, values_withheld
        from realtime.publish import forget_values, publish_changes

        changes_committed.connect(publish_changes, dispatch_uid="realtime.publish")
        values_withheld.connect(forget_values, dispatch_uid="realtime.forget")
