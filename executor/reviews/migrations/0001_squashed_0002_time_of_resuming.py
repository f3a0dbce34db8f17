"""The tables of reviews, as 0001 to 0002 left them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('reviews', '0001_initial'),
        ('reviews', '0002_time_of_resuming'),
    ]

    initial = True

    dependencies = [
        ('executor', '0001_squashed_0005_fewer_indexes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Review',
            fields=[
                ('node_execution', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='review', serialize=False, to='executor.nodeexecution')),
                ('is_sensitive', models.BooleanField()),
                ('payload', models.JSONField(null=True)),
                ('payload_hash', models.CharField(max_length=64)),
                ('instructions', models.TextField(blank=True)),
                ('editable', models.BooleanField()),
                ('status', models.CharField(choices=[('WAITING', 'Waiting'), ('APPROVED', 'Approved'), ('REJECTED', 'Rejected')], default='WAITING', max_length=12)),
                ('message', models.CharField(blank=True, max_length=2000)),
                ('was_edited', models.BooleanField(default=False)),
                ('edited_data', models.JSONField(null=True)),
                ('approves_future', models.BooleanField(default=False)),
                ('is_expired', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('resumed_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('default_decision', models.CharField(choices=[('WAITING', 'Waiting'), ('APPROVED', 'Approved'), ('REJECTED', 'Rejected')], default='REJECTED', max_length=12)),
                ('execution', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='executor.graphexecution')),
                ('reviewer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('root', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='executor.graphexecution')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('created_at', 'node_execution'),
                'indexes': [models.Index(condition=models.Q(('status', 'WAITING')), fields=['user', 'created_at'], name='review_waiting_of_user'), models.Index(condition=models.Q(('status', 'WAITING')), fields=['expires_at'], name='review_expiring')],
                'constraints': [models.CheckConstraint(condition=models.Q(('default_decision', 'WAITING'), _negated=True), name='review_default_decides'), models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('status', 'WAITING')), models.Q(models.Q(('status', 'WAITING'), _negated=True), ('reviewed_at__isnull', False)), _connector='OR'), name='review_decided_has_a_time')],
            },
        ),
    ]
