from django.apps import AppConfig


class DiagnosticsAppConfig(AppConfig):
    name = "config.diagnostics"
    label = "diagnostics"
