from django.apps import AppConfig


class ConfigurationAppConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config.proxies import add_checks

        add_checks()
