from django.apps import AppConfig


class ConfigurationAppConfig(AppConfig):
    name = "config"
