from django.apps import AppConfig


class ThrottleAppConfig(AppConfig):
    name = "reliability.throttle"
    label = "throttle"
