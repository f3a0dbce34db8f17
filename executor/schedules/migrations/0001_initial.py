import django.db.models.deletion
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('executor', '0001_squashed_0005_fewer_indexes'),
        ('graphs', '0001_squashed_0003_deletion'),
        ('presets', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('cron', models.CharField(max_length=200)),
                ('timezone', models.CharField(max_length=64)),
                ('inputs', models.JSONField(blank=True, default=dict)),
                ('overlap', models.CharField(choices=[('SKIP', 'Skip'), ('QUEUE', 'Queue'), ('REPLACE', 'Replace')], default='SKIP', max_length=8)),
                ('misfire_grace_seconds', models.PositiveIntegerField(default=300)),
                ('max_failures', models.PositiveIntegerField(default=5)),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('is_paused', models.BooleanField(default=False)),
                ('pause_reason', models.CharField(blank=True, max_length=500)),
                ('resumed_at', models.DateTimeField(blank=True, null=True)),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('graph', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='graphs.graph')),
                ('preset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to='presets.preset')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='schedules', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='graphs.graphversion')),
            ],
            options={
                'ordering': ('-created_at',),
                'indexes': [models.Index(condition=models.Q(('is_paused', False)), fields=['next_at'], name='schedule_due'), models.Index(fields=['user', '-created_at'], name='schedule_of_user')],
            },
        ),
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField()),
                ('outcome', models.CharField(choices=[('STARTED', 'Started'), ('WAITING', 'Waiting'), ('SKIPPED', 'Skipped'), ('MISSED', 'Missed'), ('REFUSED', 'Refused')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('execution', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='occurrence', to='executor.graphexecution')),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='occurrences', to='schedules.schedule')),
            ],
            options={
                'ordering': ('schedule', '-due_at'),
                'indexes': [models.Index(condition=models.Q(('outcome', 'WAITING')), fields=['schedule', 'due_at'], name='occurrence_waiting')],
                'constraints': [models.UniqueConstraint(fields=('schedule', 'due_at'), name='occurrence_unique')],
            },
        ),
    ]
