from django.apps import AppConfig


class PresetsAppConfig(AppConfig):
    name = "executor.presets"
