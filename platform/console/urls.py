"""The addresses of the pages."""

from django.urls import path

from console import (
    account_views,
    credits_views,
    execution_views,
    keys_views,
    notifications_settings_views,
    notifications_views,
    shared_views,
    support,
    views,
)

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in", account_views.SignIn.as_view(), name="sign-in"),
    path("sign-out", account_views.sign_out, name="sign-out"),
    path("account", account_views.account, name="account"),
    path("account/email", account_views.ask_email, name="email"),
    path("keys", keys_views.keys, name="keys"),
    path("keys/<uuid:key_id>/suspend", keys_views.suspend_key, name="suspend-key"),
    path("keys/<uuid:key_id>/resume", keys_views.resume_key, name="resume-key"),
    path("keys/<uuid:key_id>/revoke", keys_views.revoke_key, name="revoke-key"),
    path("notifications", notifications_views.notifications, name="notifications"),
    path("notifications/unread", notifications_views.unread, name="unread-notifications"),
    path("notifications/read", notifications_views.read_all, name="read-notifications"),
    path("notifications/<int:notice_id>/read", notifications_views.read_one, name="read-notification"),
    path("notifications/settings", notifications_settings_views.notification_settings, name="notification-settings"),
    path("notifications/settings/<str:channel>", notifications_settings_views.set_chat, name="set-chat"),
    path("notifications/settings/<str:channel>/remove", notifications_settings_views.remove_chat, name="remove-chat"),
    path("notifications/settings/<str:channel>/test", notifications_settings_views.test_channel, name="test-channel"),
    path("graphs/<uuid:graph_id>", views.graph, name="graph"),
    path("executions/<uuid:execution_id>", execution_views.execution, name="execution"),
    path("executions/<uuid:execution_id>/stop", execution_views.stop, name="stop"),
    path("executions/<uuid:execution_id>/share", execution_views.make_link, name="make-link"),
    path("executions/<uuid:execution_id>/withdraw", execution_views.withdraw_link, name="withdraw-link"),
    path("executions/<uuid:execution_id>/delete", execution_views.delete, name="delete-execution"),
    path("shared/<str:token>", shared_views.shared, name="shared"),
    path("credits", credits_views.credits, name="credits"),
    path("credits/top-up", credits_views.top_up, name="top-up"),
    path("credits/auto-top-up", credits_views.auto_top_up, name="auto-top-up"),
    path("credits/manage", credits_views.manage, name="manage-payments"),
    path("credits/redeem", credits_views.code, name="redeem"),
    path("credits/threshold", credits_views.threshold, name="threshold"),
    path("admin-support/users/<uuid:user_id>", support.user, name="support"),
]
