"""The tables of credits, as 0001 to 0005 left them."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.fields.json
import reliability.ids
from django.conf import settings
from django.db import migrations, models

from credits.append_only import protect, unprotect


def forwards(apps, schema_editor):
    protect(schema_editor.connection)


def backwards(apps, schema_editor):
    unprotect(schema_editor.connection)


class Migration(migrations.Migration):

    replaces = [
        ('credits', '0001_initial'),
        ('credits', '0002_append_only'),
        ('credits', '0003_holds_ceilings_reversals'),
        ('credits', '0004_account_notes'),
        ('credits', '0005_spending'),
    ]

    initial = True

    dependencies = [
        ('accounts', '0001_squashed_0006_socket_ticket'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('balance', models.BigIntegerField(default=0)),
                ('held', models.BigIntegerField(default=0)),
                ('overdraft', models.BigIntegerField(default=0)),
                ('debt', models.BigIntegerField(default=0)),
                ('last_seq', models.BigIntegerField(default=0)),
                ('low_balance_threshold', models.BigIntegerField(default=500)),
                ('daily_limit', models.BigIntegerField(blank=True, null=True)),
                ('spent_on', models.DateField(blank=True, null=True)),
                ('spent_today', models.BigIntegerField(default=0)),
                ('node_executions', models.BigIntegerField(default=0)),
                ('fee_charged_to', models.BigIntegerField(default=0)),
                ('refilled_for', models.DateField(blank=True, null=True)),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('frozen_reason', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='credit_account', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('balance__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('held'), '-', models.F('overdraft')), '-', models.F('debt')))), name='account_not_overdrawn'), models.CheckConstraint(condition=models.Q(('held__gte', 0)), name='account_held_not_negative'), models.CheckConstraint(condition=models.Q(('overdraft__gte', 0)), name='account_overdraft_not_negative'), models.CheckConstraint(condition=models.Q(('debt__gte', 0)), name='account_debt_not_negative'), models.CheckConstraint(condition=models.Q(('spent_today__gte', 0)), name='account_spent_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='AccountNote',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('FREEZE', 'Frozen'), ('UNFREEZE', 'Unfrozen'), ('LIMITS', 'Limits changed')], max_length=10)),
                ('reason', models.CharField(max_length=500)),
                ('changes', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='credits.account')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at',),
            },
        ),
        migrations.CreateModel(
            name='Code',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('tail', models.CharField(max_length=4)),
                ('amount', models.BigIntegerField()),
                ('reason', models.CharField(max_length=500)),
                ('most_redemptions', models.PositiveIntegerField(default=1)),
                ('redemptions', models.PositiveIntegerField(default=0)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at',),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='code_amount_positive'), models.CheckConstraint(condition=models.Q(('redemptions__lte', models.F('most_redemptions'))), name='code_redemptions_bounded')],
            },
        ),
        migrations.CreateModel(
            name='KeyDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('spent', models.BigIntegerField(default=0)),
                ('api_key', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='days', to='accounts.apikey')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('api_key', 'day'), name='key_day_unique'), models.CheckConstraint(condition=models.Q(('spent__gte', 0)), name='key_day_spent_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Shortage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('graph', models.CharField(blank=True, max_length=36)),
                ('told_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='shortages', to='credits.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'graph'), name='shortage_unique')],
            },
        ),
        migrations.CreateModel(
            name='Transaction',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('seq', models.BigIntegerField()),
                ('type', models.CharField(choices=[('TOP_UP', 'Top-up'), ('USAGE', 'Usage'), ('GRANT', 'Grant'), ('REFUND', 'Refund'), ('CARD_CHECK', 'Card check'), ('ADJUSTMENT', 'Adjustment')], max_length=16)),
                ('amount', models.BigIntegerField()),
                ('running_balance', models.BigIntegerField()),
                ('key', models.CharField(max_length=200)),
                ('reference', models.JSONField(blank=True, default=dict)),
                ('execution', models.GeneratedField(db_persist=True, expression=django.db.models.fields.json.KeyTextTransform('execution', 'reference'), output_field=models.TextField(null=True))),
                ('graph', models.GeneratedField(db_persist=True, expression=django.db.models.fields.json.KeyTextTransform('graph', 'reference'), output_field=models.TextField(null=True))),
                ('block', models.GeneratedField(db_persist=True, expression=django.db.models.fields.json.KeyTextTransform('block', 'reference'), output_field=models.TextField(null=True))),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('metadata', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='credits.account')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reverses', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversal', to='credits.transaction')),
            ],
            options={
                'ordering': ('account', '-seq'),
                'indexes': [models.Index(condition=models.Q(('execution__isnull', False)), fields=['execution'], name='transaction_of_execution'), models.Index(fields=['created_at'], name='transaction_created')],
                'constraints': [models.UniqueConstraint(fields=('account', 'seq'), name='transaction_seq_unique'), models.UniqueConstraint(fields=('account', 'key'), name='transaction_key_unique'), models.CheckConstraint(condition=models.Q(('type', 'ADJUSTMENT'), ('reverses__isnull', False), models.Q(('amount__gt', 0), ('type__in', ('TOP_UP', 'GRANT'))), models.Q(('amount__lt', 0), ('type__in', ('USAGE', 'REFUND'))), models.Q(('amount', 0), ('type', 'CARD_CHECK')), _connector='OR'), name='transaction_sign_fits_type')],
            },
        ),
        migrations.CreateModel(
            name='Hold',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=200)),
                ('amount', models.BigIntegerField()),
                ('status', models.CharField(choices=[('OPEN', 'Open'), ('SETTLED', 'Settled'), ('RELEASED', 'Released'), ('EXPIRED', 'Expired')], default='OPEN', max_length=10)),
                ('cost', models.BigIntegerField(blank=True, null=True)),
                ('uncovered', models.BigIntegerField(default=0)),
                ('execution_id', models.UUIDField(blank=True, null=True)),
                ('reference', models.JSONField(blank=True, default=dict)),
                ('metadata', models.JSONField(blank=True, default=dict)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='credits.account')),
                ('api_key', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.apikey')),
                ('transaction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='credits.transaction')),
            ],
            options={
                'ordering': ('-created_at',),
                'indexes': [models.Index(condition=models.Q(('status', 'OPEN')), fields=['execution_id'], name='hold_open_of_execution'), models.Index(condition=models.Q(('status', 'OPEN')), fields=['expires_at'], name='hold_open_until')],
                'constraints': [models.UniqueConstraint(fields=('account', 'key'), name='hold_key_unique'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='hold_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('cost__gte', 0), ('status', 'SETTLED')), models.Q(models.Q(('status', 'SETTLED'), _negated=True), ('cost__isnull', True)), _connector='OR'), name='hold_cost_when_settled'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('status', 'OPEN')), models.Q(models.Q(('status', 'OPEN'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='hold_closed_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='Spending',
            fields=[
            ],
            options={
                'verbose_name': 'spending',
                'verbose_name_plural': 'spending',
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('credits.transaction',),
        ),
        migrations.RunPython(forwards, backwards),
    ]
