from django.db import migrations, models
from django.db.models.functions import Concat, Upper


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_removals"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(Upper(Concat("first_name", models.Value(" "), "last_name")), name="contact_full_name"),
        ),
    ]
