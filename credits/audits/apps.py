from django.apps import AppConfig


class AuditsAppConfig(AppConfig):
    name = "credits.audits"
    label = "audits"
