"""The addresses of the pages."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from console import views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in", views.SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("graphs/<uuid:graph_id>", views.graph, name="graph"),
    path("executions/<uuid:execution_id>", views.execution, name="execution"),
    path("executions/<uuid:execution_id>/stop", views.stop, name="stop"),
]
