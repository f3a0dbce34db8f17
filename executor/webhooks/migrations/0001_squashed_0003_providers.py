"""The tables of webhooks, as 0001 to 0003 left them."""

import accounts.credentials.sealed
import django.db.models.deletion
import django.utils.timezone
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('webhooks', '0001_initial'),
        ('webhooks', '0002_sealed_secrets'),
        ('webhooks', '0003_providers'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0006_socket_ticket'),
        ('graphs', '0001_squashed_0003_deletion'),
        ('presets', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('node_id', models.UUIDField()),
                ('name', models.CharField(max_length=200)),
                ('provider', models.CharField(default='generic_webhook', max_length=50)),
                ('config', models.JSONField(blank=True, default=dict)),
                ('events', models.JSONField(blank=True, default=list)),
                ('sealed', accounts.credentials.sealed.SealedField(editable=False, owner='webhook')),
                ('is_active', models.BooleanField(default=True)),
                ('trouble', models.CharField(blank=True, max_length=500)),
                ('pinged_at', models.DateTimeField(blank=True, null=True)),
                ('last_called_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('graph', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='graphs.graph')),
                ('preset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to='presets.preset')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhooks', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='graphs.graphversion')),
            ],
            options={
                'ordering': ('-created_at',),
                'indexes': [models.Index(fields=['user', '-created_at'], name='webhook_of_user')],
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=50)),
                ('resource', models.CharField(max_length=300)),
                ('url', models.CharField(max_length=2000)),
                ('hook_id', models.CharField(blank=True, max_length=100)),
                ('may_exist', models.BooleanField(default=False)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('trouble', models.CharField(blank=True, max_length=500)),
                ('working_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('credential', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.storedcredential')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('webhook', models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='registration', to='webhooks.webhook')),
            ],
        ),
    ]
