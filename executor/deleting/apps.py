from django.apps import AppConfig


class DeletingAppConfig(AppConfig):
    name = "executor.deleting"
