"""The pages of the built-in provider."""

from django.urls import path

from credits.payments import sandbox_pages

app_name = "sandbox"
urlpatterns = [
    path("", sandbox_pages.portal, name="portal"),
    path("<uuid:charge_id>", sandbox_pages.checkout, name="checkout"),
]
