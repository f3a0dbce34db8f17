from django.apps import AppConfig


class SchedulesAppConfig(AppConfig):
    name = "executor.schedules"
