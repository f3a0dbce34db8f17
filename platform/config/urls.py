"""Every address: the pages, the admin, the API."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from api.problem_pages import problem_list, problem_page
from api.schema_pages import docs_page, schema_as_json, schema_as_yaml
from config.metrics.page import metrics
from executor.integrations.signing_in import callback_page
from notifications.messages.unsubscribing import unsubscribe_page

urlpatterns = [
    path("admin/login/", secure_admin_login(RedirectView.as_view(pattern_name="admin:index"))),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("metrics", metrics, name="metrics"),
    path("api/v1/docs", docs_page),
    path("api/v1/docs/", docs_page, name="docs"),
    path("api/v1/schema", schema_as_yaml),
    path("api/v1/schema/", schema_as_yaml, name="schema"),
    path("api/v1/schema.json", schema_as_json, name="schema-json"),
    path("api/v1/", include("config.api_urls")),
    path("problems/", problem_list, name="problems"),
    path("problems/<slug:code>", problem_page, name="problem"),
    path("credits/sandbox/", include("credits.payments.urls")),
    path("notifications/unsubscribe/<str:token>", unsubscribe_page, name="unsubscribe"),
    path("auth/integrations/oauth_callback", callback_page, name="oauth-callback"),
    path("", include("console.urls")),
    path("", include("console.account_urls")),
]

handler400 = "api.problems.bad_request"
handler404 = "api.problems.not_found"
handler500 = "api.problems.server_error"
