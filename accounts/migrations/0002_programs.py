from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="organisation",
            name="token_calls_per_minute",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
