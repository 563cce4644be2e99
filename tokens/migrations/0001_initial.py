import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import accounts.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=accounts.ids.token_id, editable=False, max_length=32, unique=True),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("api", "Api"), ("client_credentials", "Client Credentials")],
                        default="api",
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("name_key", models.CharField(editable=False, max_length=200)),
                ("description", models.CharField(blank=True, default="", max_length=500)),
                (
                    "expiry_choice",
                    models.CharField(
                        choices=[
                            ("1", "1 day"),
                            ("7", "7 days"),
                            ("30", "30 days"),
                            ("60", "60 days"),
                            ("90", "90 days"),
                            ("365", "1 Year"),
                            ("never", "Never"),
                            ("date", "Date"),
                        ],
                        max_length=8,
                    ),
                ),
                ("expiry_date", models.DateField(blank=True, null=True)),
                ("scopes", models.PositiveSmallIntegerField(default=3)),
                ("restriction", models.TextField(blank=True, null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("created_by_label", models.CharField(max_length=200)),
                ("digest", models.BinaryField(max_length=32, null=True)),
                ("current_scopes", models.PositiveSmallIntegerField(default=0)),
                ("current_restriction", models.TextField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("generated_at", models.DateTimeField(blank=True, null=True)),
                ("first_used_at", models.DateTimeField(blank=True, null=True)),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("pending_dialog", models.CharField(blank=True, default="", max_length=32)),
                ("pending_digest", models.BinaryField(max_length=32, null=True)),
                ("pending_scopes", models.PositiveSmallIntegerField(default=0)),
                ("pending_restriction", models.TextField(blank=True, null=True)),
                ("pending_expires_at", models.DateTimeField(blank=True, null=True)),
                ("pending_made_at", models.DateTimeField(blank=True, null=True)),
                ("pending_by_label", models.CharField(blank=True, default="", max_length=200)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "api"), ("revoked_at", None)),
                        fields=("owner", "name_key"),
                        name="token_name_of_owner",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scopes__gte", 1), ("scopes__lte", 7)), name="token_has_scopes"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expiry_choice", "date"), ("expiry_date__isnull", False)),
                            models.Q(models.Q(("expiry_choice", "date"), _negated=True), ("expiry_date", None)),
                            _connector="OR",
                        ),
                        name="token_date_with_choice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("digest", None), ("generated_at", None)),
                            models.Q(("digest__isnull", False), ("generated_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="token_generated_with_digest",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pending_dialog", ""), ("pending_digest", None), ("pending_made_at", None)),
                            models.Q(
                                models.Q(("pending_dialog", ""), _negated=True),
                                ("pending_digest__isnull", False),
                                ("pending_made_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="token_pending_whole",
                    ),
                ],
            },
        ),
    ]
