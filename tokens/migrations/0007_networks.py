from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0006_token_names"),
    ]

    operations = [
        migrations.AddField("accesstoken", "allowed_networks", models.TextField(null=True, blank=True)),
    ]
