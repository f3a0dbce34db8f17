"""The addresses of signing in and of the account's own pages, by the names that allauth knows them by."""

from allauth.account import views as allauth
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from console import account_views as views

urlpatterns = [
    path("sign-in", views.SignIn.as_view(), name="account_login"),
    path("sign-out", views.sign_out, name="account_logout"),
    path("sign-up", views.SignUp.as_view(), name="account_signup"),
    path("password", views.ResetPassword.as_view(), name="account_reset_password"),
    path("password/sent", allauth.password_reset_done, name="account_reset_password_done"),
    path("password/done", allauth.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        allauth.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("account/password", views.ChangePassword.as_view(), name="account_change_password"),
    path(
        "account/password/set",
        RedirectView.as_view(pattern_name="account_reset_password"),
        name="account_set_password",
    ),
    path("account/inactive", allauth.account_inactive, name="account_inactive"),
    path("account/again", views.SignInAgain.as_view(), name="account_reauthenticate"),
    path("account/confirm", allauth.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/confirm/(?P<key>[-:\w]+)$", allauth.confirm_email, name="account_confirm_email"),
    path("account/email/<str:token>", views.change_email, name="account_change_email"),
    path("account/second-factor/", include("allauth.mfa.urls")),
]
