from django.apps import AppConfig


class RealtimeAppConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        import realtime.figures  # noqa: F401 (so that they are told before anybody has come)
        from accounts.events import access_ended
        from executor.events import changes_committed, texts_shown, values_withheld
        from realtime.checks import add_checks
        from realtime.publish import forget_values, publish_changes, publish_texts, tell_access_ended

        add_checks()
        changes_committed.connect(publish_changes, dispatch_uid="realtime.publish")
        texts_shown.connect(publish_texts, dispatch_uid="realtime.texts")
        access_ended.connect(tell_access_ended, dispatch_uid="realtime.access")
        values_withheld.connect(forget_values, dispatch_uid="realtime.forget")
