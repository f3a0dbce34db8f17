from django.apps import AppConfig


class FilesAppConfig(AppConfig):
    name = "executor.files"
