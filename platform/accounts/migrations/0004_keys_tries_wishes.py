import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_credentials'),
    ]

    operations = [
        migrations.AddField(
            model_name='apikey',
            name='description',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='apikey',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='made', to='accounts.apikey'),
        ),
        migrations.AddField(
            model_name='apikey',
            name='scopes',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='apikey',
            name='suspended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='apikey',
            name='suspension_reason',
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name='apikey',
            name='tail',
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.CreateModel(
            name='NotificationWishes',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notification_wishes', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('refused', models.JSONField(default=list)),
                ('daily_limit', models.PositiveIntegerField(default=10)),
            ],
        ),
        migrations.CreateModel(
            name='Try',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject', models.CharField(max_length=64)),
                ('slot', models.PositiveSmallIntegerField()),
                ('taken_until', models.DateTimeField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'slot'), name='try_once_per_slot')],
            },
        ),
    ]
