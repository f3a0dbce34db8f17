"""What senders sign with is sealed from here on. Going back opens it again."""

from typing import Any

from django.db import migrations

import accounts.credentials.sealed
from accounts.credentials.keyring import ring


def seal(apps: Any, schema_editor: Any) -> None:
    for webhook in apps.get_model("webhooks", "Webhook").objects.all():
        webhook.sealed = ring().seal(webhook.sealed, owner=f"webhook:{webhook.id}")
        webhook.save(update_fields=["sealed"])


def unseal(apps: Any, schema_editor: Any) -> None:
    for webhook in apps.get_model("webhooks", "Webhook").objects.all():
        webhook.sealed = ring().open(webhook.sealed, owner=f"webhook:{webhook.id}").reveal()
        webhook.save(update_fields=["sealed"])


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial"), ("accounts", "0003_credentials")]

    operations = [
        migrations.RenameField("webhook", "secret", "sealed"),
        migrations.AlterField("webhook", "sealed", accounts.credentials.sealed.SealedField(owner="webhook")),
        migrations.RunPython(seal, unseal),
    ]
