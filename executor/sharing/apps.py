from django.apps import AppConfig


class SharingAppConfig(AppConfig):
    name = "executor.sharing"
