from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_full_names"),
    ]

    operations = [
        migrations.AddField("login", "password_reminded_at", models.DateTimeField(null=True, blank=True)),
        migrations.AddField("login", "tokens_stopped_at", models.DateTimeField(null=True, blank=True)),
        # Anew and not altered: nothing ever wrote the one that was there, a list in JSON.
        migrations.RemoveField("organisation", "allowed_networks"),
        migrations.AddField("organisation", "allowed_networks", models.TextField(null=True, blank=True)),
    ]
