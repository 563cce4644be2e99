from typing import Any

import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from audit import triggers
from audit.fields import RowNumber


def install(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    triggers.create(schema_editor.connection, [triggers.ENTRY])


def remove(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    triggers.drop(schema_editor.connection, [triggers.ENTRY])


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="PendingSeal",
            fields=[
                ("entry_id", RowNumber(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "verb",
                    models.CharField(max_length=32),
                ),
                ("result", models.CharField(choices=[("ok", "OK"), ("fail", "Fail")], default="ok", max_length=4)),
                ("reason", models.CharField(blank=True, default="", max_length=32)),
                ("organisation_id", models.BigIntegerField(null=True)),
                ("actor_id", models.CharField(blank=True, default="", max_length=32)),
                ("actor_label", models.CharField(max_length=200, null=True)),
                ("channel", models.CharField(max_length=16)),
                ("scheme", models.CharField(blank=True, default="", max_length=16)),
                ("address", models.CharField(max_length=45, null=True)),
                ("subject_kind", models.CharField(blank=True, default="", max_length=16)),
                ("subject_id", models.CharField(blank=True, default="", max_length=40)),
                ("subject_label", models.CharField(max_length=200, null=True)),
                ("owner_id", models.CharField(blank=True, default="", max_length=32)),
                ("owner_label", models.CharField(max_length=200, null=True)),
                ("token_id", models.CharField(blank=True, default="", max_length=32)),
                ("token_name", models.CharField(blank=True, default="", max_length=100)),
                ("request_id", models.CharField(blank=True, default="", max_length=32)),
                ("method", models.CharField(blank=True, default="", max_length=8)),
                ("path", models.CharField(blank=True, default="", max_length=200)),
                ("user_agent", models.CharField(max_length=200, null=True)),
                ("details", models.JSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["token_id", "id"], name="entry_token"),
                    models.Index(fields=["organisation_id", "at", "id"], name="entry_organisation_at"),
                    models.Index(
                        condition=models.Q(("verb", "token.authenticate"), _negated=True),
                        fields=["organisation_id", "verb", "id"],
                        name="entry_rare_verb",
                    ),
                    models.Index(
                        condition=models.Q(("result", "fail")), fields=["organisation_id", "id"], name="entry_failed"
                    ),
                ],
            },
        ),
        migrations.RunPython(install, remove),
    ]
