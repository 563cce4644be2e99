from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from audit import planning


def tell(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    planning.create(schema_editor.connection)


def forget(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    planning.drop(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_verification"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(
                condition=models.Q(("verb__in", ("token.authenticate", "report.read")), _negated=True),
                fields=["actor_id", "id"],
                name="entry_actor_change",
            ),
        ),
        migrations.RunPython(tell, forget),
    ]
