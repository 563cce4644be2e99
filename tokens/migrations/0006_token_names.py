from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0005_mails"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="accesstoken",
            index=models.Index(fields=["name_key"], name="token_name"),
        ),
    ]
