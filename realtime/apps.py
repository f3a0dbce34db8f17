from django.apps import AppConfig


class RealtimeAppConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from executor.events import changes_committed
        from realtime.publish import publish_changes

        changes_committed.connect(publish_changes, dispatch_uid="realtime.publish")
