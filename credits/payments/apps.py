from django.apps import AppConfig


class PaymentsAppConfig(AppConfig):
    name = "credits.payments"
    label = "payments"

    def ready(self) -> None:
        from credits.payments import checks  # noqa: F401
        from credits.payments.audit import add_checks
        from credits.payments.figures import add_figures

        add_checks()
        add_figures()
