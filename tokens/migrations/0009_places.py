import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0008_shut_out"),
    ]

    operations = [
        migrations.CreateModel(
            name="PlacesRead",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("sequence", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="places_read_only_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", models.CharField(blank=True, max_length=45)),
                ("tool", models.CharField(blank=True, max_length=40)),
                ("address", models.CharField(blank=True, default="", max_length=45)),
                ("first_at", models.DateTimeField()),
                ("tell", models.BooleanField(default=False)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "token",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="tokens.accesstoken",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("tell", True)), fields=["token"], name="token_place_to_tell"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("token", "network", "tool"), name="token_place_once"),
                ],
            },
        ),
    ]
