from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0007_networks"),
    ]

    operations = [
        migrations.AlterField(
            "mobilesession",
            "ending",
            models.CharField(
                max_length=16,
                choices=[
                    ("signed_out", "Signed Out"),
                    ("disconnected", "Disconnected"),
                    ("reused", "Reused"),
                    ("leaked", "Leaked"),
                    ("shut_out", "Shut Out"),
                ],
                blank=True,
                default="",
            ),
        ),
    ]
