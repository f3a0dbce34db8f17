from django.apps import AppConfig
from django.db.models.signals import post_migrate


class PricingAppConfig(AppConfig):
    name = "credits.pricing"
    label = "pricing"
    verbose_name = "Prices"

    def ready(self) -> None:
        from credits.pricing.sync import sync_after_migrate
        from credits.pricing.terms import current_terms

        current_terms()  # a setting that does not fit stops the start
        post_migrate.connect(sync_after_migrate, sender=self, dispatch_uid="pricing.sync_after_migrate")
