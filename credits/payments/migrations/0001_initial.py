import django.db.models.deletion
import django.db.models.expressions
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('credits', '0001_squashed_0005_spending'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=16)),
                ('kind', models.CharField(choices=[('TOP_UP', 'Top-up'), ('AUTO_TOP_UP', 'Auto top-up'), ('CARD_CHECK', 'Card check')], max_length=12)),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('PAID', 'Paid'), ('FAILED', 'Failed'), ('EXPIRED', 'Expired'), ('REFUNDED', 'Refunded'), ('DISPUTED', 'Disputed')], default='PENDING', max_length=8)),
                ('amount', models.BigIntegerField()),
                ('refunded_amount', models.BigIntegerField(default=0)),
                ('refunding_amount', models.BigIntegerField(default=0)),
                ('checkout_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('checkout_url', models.CharField(blank=True, max_length=2000)),
                ('intent_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('dispute_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('idempotency_key', models.CharField(max_length=300, unique=True)),
                ('failure', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='credits.account')),
                ('transaction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payment', to='credits.transaction')),
            ],
            options={
                'ordering': ('-created_at',),
                'indexes': [models.Index(condition=models.Q(('status', 'PENDING')), fields=['expires_at'], name='payment_pending_until'), models.Index(condition=models.Q(('status', 'PAID'), _negated=True), fields=['checked_at'], name='payment_checked')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'AUTO_TOP_UP'), ('status', 'PENDING')), fields=('account',), name='payment_one_auto_top_up_in_flight'), models.CheckConstraint(condition=models.Q(models.Q(('amount', 0), ('kind', 'CARD_CHECK')), models.Q(models.Q(('kind', 'CARD_CHECK'), _negated=True), ('amount__gt', 0)), _connector='OR'), name='payment_amount_fits_kind'), models.CheckConstraint(condition=models.Q(('refunded_amount__gte', 0), ('refunding_amount__gte', 0), ('amount__gte', django.db.models.expressions.CombinedExpression(models.F('refunded_amount'), '+', models.F('refunding_amount')))), name='payment_refunded_at_most_paid'), models.CheckConstraint(condition=models.Q(models.Q(('paid_at__isnull', False), ('status__in', ('PAID', 'REFUNDED', 'DISPUTED'))), models.Q(('paid_at__isnull', True), ('status__in', ('PENDING', 'EXPIRED', 'FAILED'))), _connector='OR'), name='payment_paid_has_a_time'), models.CheckConstraint(condition=models.Q(('status__in', ('PAID', 'REFUNDED', 'DISPUTED')), models.Q(('refunded_amount', 0), ('refunding_amount', 0), ('transaction__isnull', True)), _connector='OR'), name='payment_unpaid_has_no_credits')],
            },
        ),
        migrations.CreateModel(
            name='PaymentEvent',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=16)),
                ('event_id', models.CharField(max_length=255)),
                ('type', models.CharField(max_length=120)),
                ('payload', models.JSONField(default=dict)),
                ('received_at', models.DateTimeField()),
                ('handled_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'ordering': ('-received_at',),
                'indexes': [models.Index(condition=models.Q(('handled_at__isnull', True)), fields=['next_try_at'], name='payment_event_due')],
                'constraints': [models.UniqueConstraint(fields=('provider', 'event_id'), name='payment_event_unique')],
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=255, unique=True)),
                ('amount', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('returned_at', models.DateTimeField(blank=True, null=True)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='payments.payment')),
                ('transaction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refund', to='credits.transaction')),
            ],
            options={
                'ordering': ('-created_at',),
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_amount_positive')],
            },
        ),
        migrations.CreateModel(
            name='RefundRequest',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('amount', models.BigIntegerField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('week', models.CharField(max_length=7)),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('APPROVED', 'Approved'), ('REJECTED', 'Rejected')], default='PENDING', max_length=8)),
                ('result', models.CharField(blank=True, max_length=500)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('provider_refund_id', models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='credits.account')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refund_requests', to='payments.payment')),
            ],
            options={
                'ordering': ('-created_at',),
                'constraints': [models.UniqueConstraint(fields=('account', 'week'), name='refund_request_one_a_week'), models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_request_amount_positive'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('status', 'PENDING')), models.Q(models.Q(('status', 'PENDING'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='refund_request_decided_has_a_time')],
            },
        ),
        migrations.CreateModel(
            name='SandboxCard',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.CharField(db_index=True, max_length=255)),
                ('last4', models.CharField(max_length=4)),
                ('declines', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('customer_id', 'last4'), name='sandbox_card_saved_once')],
            },
        ),
        migrations.CreateModel(
            name='SandboxCharge',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('customer_id', models.CharField(max_length=255)),
                ('key', models.CharField(max_length=255, unique=True)),
                ('amount', models.BigIntegerField()),
                ('status', models.CharField(choices=[('PENDING', 'Pending'), ('PAID', 'Paid'), ('FAILED', 'Failed'), ('EXPIRED', 'Expired'), ('REFUNDED', 'Refunded'), ('DISPUTED', 'Disputed')], default='PENDING', max_length=8)),
                ('failure', models.CharField(blank=True, max_length=500)),
                ('success_url', models.CharField(blank=True, max_length=2000)),
                ('cancel_url', models.CharField(blank=True, max_length=2000)),
                ('refunded_amount', models.BigIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('refunded_amount__gte', 0), ('refunded_amount__lte', models.F('amount'))), name='sandbox_refunded_at_most_paid')],
            },
        ),
        migrations.CreateModel(
            name='SandboxRefund',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=255, unique=True)),
                ('amount', models.BigIntegerField()),
                ('charge', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='refunds', to='payments.sandboxcharge')),
            ],
        ),
        migrations.CreateModel(
            name='AutoTopUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('threshold', models.BigIntegerField(default=0)),
                ('amount', models.BigIntegerField(default=0)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(blank=True, null=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='auto_top_up', to='credits.account')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('amount__gte', 0), ('threshold__gte', 0)), name='auto_top_up_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=16)),
                ('customer_id', models.CharField(max_length=255)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='customers', to='credits.account')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('account', 'provider'), name='customer_one_per_provider'), models.UniqueConstraint(fields=('provider', 'customer_id'), name='customer_id_unique')],
            },
        ),
    ]
