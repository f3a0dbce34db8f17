from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('credits', '0004_account_notes'),
    ]

    operations = [
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
    ]
