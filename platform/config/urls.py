"""Every address: the pages, the admin, the API."""

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.urls import include, path
from django_prometheus.exports import ExportToDjangoView

from executor.integrations.signing_in import callback_page

urlpatterns = [
    path("admin/", admin.site.urls),
    path("metrics", staff_member_required(ExportToDjangoView), name="metrics"),
    path("api/v1/", include("config.api_urls")),
    path("credits/sandbox/", include("credits.payments.urls")),
    path("auth/integrations/oauth_callback", callback_page, name="oauth-callback"),
    path("", include("console.urls")),
]

handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
