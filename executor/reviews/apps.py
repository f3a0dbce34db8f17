from django.apps import AppConfig


class ReviewsAppConfig(AppConfig):
    name = "executor.reviews"
