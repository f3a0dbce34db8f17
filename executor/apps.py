from django.apps import AppConfig


class ExecutorAppConfig(AppConfig):
    name = "executor"
