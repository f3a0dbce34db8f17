from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('graphs', '0002_control'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='graph',
            name='deleted_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='graph',
            index=models.Index(
                condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='graph_deleted_lately'
            ),
        ),
    ]
