from django.db import migrations

#: What a key could do before keys had scopes: everything there was.
ALL = [
    "DELETE_INTEGRATIONS", "EXECUTE_BLOCK", "EXECUTE_GRAPH", "IDENTITY", "MANAGE_INTEGRATIONS", "READ_BLOCK",
    "READ_CREDITS", "READ_FILES", "READ_GRAPH", "READ_INTEGRATIONS", "READ_KEYS", "READ_LIBRARY", "READ_RUN",
    "READ_RUN_REVIEW", "READ_SCHEDULE", "READ_WEBHOOKS", "SHARE_RUN", "WRITE_CREDITS", "WRITE_FILES", "WRITE_GRAPH",
    "WRITE_IDENTITY", "WRITE_KEYS", "WRITE_LIBRARY", "WRITE_RUN", "WRITE_RUN_REVIEW", "WRITE_SCHEDULE",
    "WRITE_WEBHOOKS",
]


def give_all(apps, schema_editor):
    apps.get_model("accounts", "ApiKey").objects.update(scopes=ALL)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_keys_tries_wishes'),
    ]

    operations = [
        migrations.RunPython(give_all, migrations.RunPython.noop),
    ]
