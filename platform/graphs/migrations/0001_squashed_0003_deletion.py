"""The tables of graphs, as 0001 to 0003 left them."""

import django.db.models.deletion
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('graphs', '0001_initial'),
        ('graphs', '0002_control'),
        ('graphs', '0003_deletion'),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Graph',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True)),
                ('active_version', models.PositiveIntegerField(default=1)),
                ('is_sub_graph', models.BooleanField(default=False)),
                ('human_review', models.BooleanField(default=True)),
                ('sensitive_review', models.BooleanField(default=False)),
                ('max_cost', models.BigIntegerField(blank=True, null=True)),
                ('max_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('max_running', models.PositiveIntegerField(blank=True, null=True)),
                ('is_paused', models.BooleanField(default=False)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='graphs', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('name', 'created_at'),
                'indexes': [models.Index(fields=['owner', 'created_at'], name='graphs_grap_owner_i_19b116_idx'), models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='graph_deleted_lately')],
            },
        ),
        migrations.CreateModel(
            name='GraphVersion',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True)),
                ('extras', models.JSONField(blank=True, default=dict)),
                ('import_report', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('graph', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='graphs.graph')),
            ],
            options={
                'ordering': ('graph', '-number'),
                'constraints': [models.UniqueConstraint(fields=('graph', 'number'), name='graph_version_number_unique')],
            },
        ),
        migrations.CreateModel(
            name='Node',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('block_id', models.CharField(max_length=36)),
                ('input_default', models.JSONField(blank=True, default=dict)),
                ('metadata', models.JSONField(blank=True, default=dict)),
                ('position', models.PositiveIntegerField(default=0)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='nodes', to='graphs.graphversion')),
            ],
            options={
                'ordering': ('version', 'position'),
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('source_name', models.CharField(max_length=500)),
                ('sink_name', models.CharField(max_length=500)),
                ('is_static', models.BooleanField(default=False)),
                ('position', models.PositiveIntegerField(default=0)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='graphs.graphversion')),
                ('sink', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='input_links', to='graphs.node')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='output_links', to='graphs.node')),
            ],
            options={
                'ordering': ('version', 'position'),
            },
        ),
    ]
