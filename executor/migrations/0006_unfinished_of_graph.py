from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('executor', '0001_squashed_0005_fewer_indexes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='graphexecution',
            index=models.Index(condition=models.Q(('status__in', ('INCOMPLETE', 'QUEUED', 'RUNNING', 'REVIEW'))), fields=['graph'], name='execution_unfinished_of_graph'),
        ),
    ]
