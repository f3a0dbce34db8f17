"""The tables of executor, as 0001 to 0005 left them."""

import django.db.models.deletion
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('executor', '0001_initial'),
        ('executor', '0002_costs_of_executions'),
        ('executor', '0003_control'),
        ('executor', '0004_indexes_of_control'),
        ('executor', '0005_fewer_indexes'),
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
            name='GraphExecution',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('status', models.CharField(choices=[('INCOMPLETE', 'Incomplete'), ('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('REVIEW', 'In review'), ('COMPLETED', 'Completed'), ('FAILED', 'Failed'), ('TERMINATED', 'Terminated')], default='QUEUED', max_length=12)),
                ('trigger', models.CharField(choices=[('API', 'API'), ('CONSOLE', 'Console'), ('COMMAND', 'Command line'), ('SUB_GRAPH', 'Sub-graph'), ('SCHEDULE', 'Schedule'), ('WEBHOOK', 'Webhook'), ('AGAIN', 'Run again'), ('BLOCK', 'Block by itself')], default='API', max_length=12)),
                ('inputs', models.JSONField(blank=True, default=dict)),
                ('input_masks', models.JSONField(blank=True, default=dict)),
                ('skipped_nodes', models.JSONField(blank=True, default=list)),
                ('is_dry_run', models.BooleanField(default=False)),
                ('human_review', models.BooleanField(default=True)),
                ('sensitive_review', models.BooleanField(default=False)),
                ('priority', models.SmallIntegerField(default=0)),
                ('key', models.CharField(blank=True, max_length=255, null=True)),
                ('request_digest', models.CharField(blank=True, max_length=64)),
                ('depth', models.PositiveSmallIntegerField(default=0)),
                ('cost', models.BigIntegerField(default=0)),
                ('fees', models.BigIntegerField(default=0)),
                ('counted', models.BigIntegerField(default=0)),
                ('max_cost', models.BigIntegerField(blank=True, null=True)),
                ('max_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('stats', models.JSONField(blank=True, default=dict)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error', models.TextField(blank=True)),
                ('seq', models.BigIntegerField(default=0)),
                ('fence', models.BigIntegerField(default=0)),
                ('owner', models.CharField(blank=True, max_length=120)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('claims', models.PositiveIntegerField(default=0)),
                ('cancel_requested_at', models.DateTimeField(blank=True, null=True)),
                ('dispatched_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('api_key', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.apikey')),
                ('continues', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='executor.graphexecution')),
                ('graph', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='executions', to='graphs.graph')),
                ('parent', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='executor.graphexecution')),
                ('preset', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='presets.preset')),
                ('root', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='descendants', to='executor.graphexecution')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='executions', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='executions', to='graphs.graphversion')),
            ],
            options={
                'ordering': ('-created_at',),
                'indexes': [models.Index(fields=['user', '-created_at'], name='execution_of_user'), models.Index(fields=['graph', '-created_at'], name='execution_of_graph'), models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='execution_of_parent'), models.Index(condition=models.Q(('root__isnull', False)), fields=['root'], name='execution_of_root'), models.Index(condition=models.Q(('status', 'QUEUED')), fields=['dispatched_at'], name='execution_queued'), models.Index(condition=models.Q(('status', 'RUNNING')), fields=['user', 'graph', 'parent'], name='execution_running'), models.Index(condition=models.Q(('dispatched_at', None), ('parent', None), ('status', 'QUEUED')), fields=['user', '-priority', 'created_at'], name='execution_waiting'), models.Index(condition=models.Q(('status', 'REVIEW')), fields=['created_at'], name='execution_in_review'), models.Index(condition=models.Q(('status', 'INCOMPLETE')), fields=['created_at'], name='execution_incomplete'), models.Index(condition=models.Q(('cancel_requested_at__isnull', False), ('status__in', ('INCOMPLETE', 'QUEUED', 'RUNNING', 'REVIEW'))), fields=['cancel_requested_at'], name='execution_to_be_stopped'), models.Index(condition=models.Q(('root__isnull', False), ('status__in', ('INCOMPLETE', 'QUEUED', 'RUNNING', 'REVIEW'))), fields=['root'], name='execution_unfinished_child')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('status', 'RUNNING'), _negated=True), ('lease_until__isnull', False), ('parent__isnull', False), _connector='OR'), name='running_execution_has_a_lease'), models.UniqueConstraint(fields=('user', 'key'), name='execution_key_unique')],
            },
        ),
        migrations.CreateModel(
            name='NodeExecution',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('status', models.CharField(choices=[('INCOMPLETE', 'Incomplete'), ('QUEUED', 'Queued'), ('RUNNING', 'Running'), ('REVIEW', 'In review'), ('COMPLETED', 'Completed'), ('FAILED', 'Failed'), ('TERMINATED', 'Terminated')], max_length=12)),
                ('inputs', models.JSONField(default=dict)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('cost', models.BigIntegerField(default=0)),
                ('stats', models.JSONField(default=dict)),
                ('error', models.TextField(blank=True)),
                ('seq', models.BigIntegerField(default=0)),
                ('added_at', models.DateTimeField()),
                ('queued_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('execution', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='node_executions', to='executor.graphexecution')),
                ('node', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='graphs.node')),
            ],
            options={
                'ordering': ('execution', 'number'),
                'constraints': [models.UniqueConstraint(fields=('execution', 'number'), name='node_execution_number_unique')],
            },
        ),
        migrations.AddField(
            model_name='graphexecution',
            name='parent_node_execution',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='child', to='executor.nodeexecution'),
        ),
        migrations.CreateModel(
            name='NodeOutput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('index', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=500)),
                ('data', models.JSONField(null=True)),
                ('seq', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('node_execution', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='outputs', to='executor.nodeexecution')),
            ],
            options={
                'ordering': ('node_execution', 'index'),
                'constraints': [models.UniqueConstraint(fields=('node_execution', 'index'), name='node_output_index_unique')],
            },
        ),
        migrations.CreateModel(
            name='KeyValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=500)),
                ('value', models.JSONField(null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('user', 'key'), name='key_value_unique')],
            },
        ),
    ]
