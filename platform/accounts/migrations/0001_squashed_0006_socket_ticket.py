"""The tables of accounts, as 0001 to 0006 left them."""

import accounts.credentials.sealed
import django.db.models.deletion
import django.db.models.functions.text
import reliability.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_api_key_daily_limit'),
        ('accounts', '0003_credentials'),
        ('accounts', '0004_keys_tries_wishes'),
        ('accounts', '0005_keys_from_before'),
        ('accounts', '0006_socket_ticket'),
    ]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=150)),
                ('timezone', models.CharField(default='UTC', max_length=64)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'ordering': ('email',),
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique_in_any_case', violation_error_message='A user with this e-mail address exists.')],
            },
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
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('description', models.CharField(blank=True, max_length=300)),
                ('scopes', models.JSONField(default=list)),
                ('head', models.CharField(max_length=16, unique=True)),
                ('digest', models.CharField(max_length=64)),
                ('tail', models.CharField(blank=True, max_length=8)),
                ('daily_limit', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('suspended_at', models.DateTimeField(blank=True, null=True)),
                ('suspension_reason', models.CharField(blank=True, max_length=300)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='made', to='accounts.apikey')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_keys', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created_at',),
            },
        ),
        migrations.CreateModel(
            name='OAuthState',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=50)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('sealed', accounts.credentials.sealed.SealedField(editable=False, owner='oauth-state')),
                ('scopes', models.JSONField(default=list)),
                ('callback_url', models.CharField(max_length=2000)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='SocketTicket',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('session_key', models.CharField(blank=True, max_length=40)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('expires_at', models.DateTimeField(db_index=True)),
                ('api_key', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.apikey')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='StoredCredential',
            fields=[
                ('id', models.UUIDField(default=reliability.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('provider', models.CharField(max_length=50)),
                ('type', models.CharField(choices=[('api_key', 'API key'), ('oauth2', 'OAuth2'), ('user_password', 'User and password'), ('host_scoped', 'Headers for a host')], max_length=20)),
                ('title', models.CharField(blank=True, max_length=100)),
                ('username', models.CharField(blank=True, max_length=200)),
                ('sealed', accounts.credentials.sealed.SealedField(editable=False, owner='credential')),
                ('scopes', models.JSONField(blank=True, default=list)),
                ('hosts', models.JSONField(blank=True, default=list)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('renewing_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='credentials', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'credential',
                'ordering': ('-created_at',),
                'indexes': [models.Index(fields=['user', 'provider'], name='credential_of_user')],
            },
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
