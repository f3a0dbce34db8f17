"""The addresses of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from console import credits_views, support, views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("graphs/<uuid:graph_id>", views.graph, name="graph"),
    path("executions/<uuid:execution_id>", views.execution, name="execution"),
    path("executions/<uuid:execution_id>/stop", views.stop, name="stop"),
    path("credits", credits_views.credits, name="credits"),
    path("credits/top-up", credits_views.top_up, name="top-up"),
    path("credits/auto-top-up", credits_views.auto_top_up, name="auto-top-up"),
    path("credits/manage", credits_views.manage, name="manage-payments"),
    path("credits/redeem", credits_views.code, name="redeem"),
    path("credits/threshold", credits_views.threshold, name="threshold"),
    path("admin-support/users/<uuid:user_id>", support.user, name="support"),
]
