"""Webhooks that providers know of."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import reliability.ids


class Migration(migrations.Migration):
    dependencies = [
        ("webhooks", "0002_sealed_secrets"),
        ("accounts", "0003_credentials"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("webhook", "provider", models.CharField(default="generic_webhook", max_length=50)),
        migrations.AddField("webhook", "config", models.JSONField(blank=True, default=dict)),
        migrations.AddField("webhook", "events", models.JSONField(blank=True, default=list)),
        migrations.AddField("webhook", "trouble", models.CharField(blank=True, max_length=500)),
        migrations.AddField("webhook", "pinged_at", models.DateTimeField(blank=True, null=True)),
        migrations.CreateModel(
            name="Registration",
            fields=[
                (
                    "id",
                    models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("provider", models.CharField(max_length=50)),
                ("resource", models.CharField(max_length=300)),
                ("url", models.CharField(max_length=2000)),
                ("hook_id", models.CharField(blank=True, max_length=100)),
                ("may_exist", models.BooleanField(default=False)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("trouble", models.CharField(blank=True, max_length=500)),
                ("working_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "credential",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.storedcredential",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "webhook",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="registration",
                        to="webhooks.webhook",
                    ),
                ),
            ],
        ),
    ]
