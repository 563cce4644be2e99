from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0005_planning"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("result", "fail")),
                fields=["organisation_id", "verb", "id"],
                name="entry_failed_verb",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("verb__in", ("login.sign_in", "login.sign_in_fail", "session.begin"))),
                fields=["organisation_id", "address", "id"],
                name="entry_coming_address",
            ),
        ),
    ]
