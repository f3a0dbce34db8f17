import accounts.credentials.sealed
import django.db.models.deletion
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('graphs', '0001_squashed_0003_deletion'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Endpoint',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2000)),
                ('kinds', models.JSONField(default=list)),
                ('is_enabled', models.BooleanField(default=True)),
                ('trouble', models.CharField(blank=True, max_length=300)),
                ('failing_since', models.DateTimeField(blank=True, null=True)),
                ('failed_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('graph', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='graphs.graph')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='endpoints', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at',),
                'indexes': [models.Index(fields=['user', '-created_at'], name='endpoint_of_user'), models.Index(condition=models.Q(('is_enabled', True)), fields=['user'], name='endpoint_enabled')],
            },
        ),
        migrations.CreateModel(
            name='EndpointSecret',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('sealed', accounts.credentials.sealed.SealedField(editable=False, owner='endpoint-secret')),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to='notifications.endpoint')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('execution.completed', 'Execution completed'), ('execution.failed', 'Execution failed'), ('execution.terminated', 'Execution terminated'), ('execution.review_waiting', 'Execution waits for a review'), ('endpoint.test', 'Test of an endpoint')], max_length=40)),
                ('execution_id', models.UUIDField(blank=True, null=True)),
                ('key', models.CharField(max_length=200, unique=True)),
                ('happened_at', models.DateTimeField()),
                ('spread_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('id',),
                'indexes': [models.Index(condition=models.Q(('spread_at', None)), fields=['id'], name='notice_to_spread'), models.Index(fields=['happened_at'], name='notice_by_age')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('channel', models.CharField(choices=[('WEBHOOK', 'Webhook')], max_length=12)),
                ('recipient', models.CharField(max_length=320)),
                ('status', models.CharField(choices=[('WAITING', 'Waiting'), ('DELIVERED', 'Delivered'), ('GIVEN_UP', 'Given up')], default='WAITING', max_length=12)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('claimed_until', models.DateTimeField(blank=True, null=True)),
                ('fence', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('delivered_at', models.DateTimeField(blank=True, null=True)),
                ('endpoint', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='notifications.endpoint')),
                ('notice', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='notifications.notice')),
            ],
            options={
                'ordering': ('-created_at', '-id'),
                'indexes': [models.Index(condition=models.Q(('status', 'WAITING')), fields=['next_at'], name='delivery_due'), models.Index(fields=['endpoint', '-created_at', '-id'], name='delivery_of_endpoint')],
                'constraints': [models.UniqueConstraint(fields=('notice', 'channel', 'recipient'), name='delivery_once')],
            },
        ),
        migrations.CreateModel(
            name='Attempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('started_at', models.DateTimeField()),
                ('milliseconds', models.PositiveIntegerField()),
                ('status_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('answer', models.TextField(blank=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('delivery', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='notifications.delivery')),
            ],
            options={
                'ordering': ('delivery', 'number'),
                'constraints': [models.UniqueConstraint(fields=('delivery', 'number'), name='attempt_number_unique')],
            },
        ),
    ]
