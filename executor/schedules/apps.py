from django.apps import AppConfig


class SchedulesAppConfig(AppConfig):
    name = "executor.schedules"

    def ready(self) -> None:
        from executor.schedules.figures import add_figures

        add_figures()
