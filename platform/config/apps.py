from django.apps import AppConfig


class ConfigurationAppConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.checks import add_checks
        from config.telling import tell_sockets
        from notifications.events import notice_events

        add_checks()
        notice_events.connect(tell_sockets, dispatch_uid="config.tell_sockets")
