import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import accounts.ids


class Migration(migrations.Migration):
    dependencies = [
        ("tokens", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MobileSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(default=accounts.ids.session_id, editable=False, max_length=32, unique=True),
                ),
                ("device", models.CharField(max_length=100)),
                ("restriction", models.TextField(default="|")),
                ("access_digest", models.BinaryField(max_length=32)),
                ("access_expires_at", models.DateTimeField()),
                ("refresh_digest", models.BinaryField(max_length=32)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("last_active_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("signed_out", "Signed Out"),
                            ("disconnected", "Disconnected"),
                            ("reused", "Reused"),
                            ("leaked", "Leaked"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="calls_per_minute",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="expiry_seconds",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="accesstoken",
            name="read_only",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="accesstoken",
            name="expiry_choice",
            field=models.CharField(
                choices=[
                    ("1", "1 day"),
                    ("7", "7 days"),
                    ("30", "30 days"),
                    ("60", "60 days"),
                    ("90", "90 days"),
                    ("365", "1 Year"),
                    ("never", "Never"),
                    ("date", "Date"),
                    ("seconds", "Length of its own"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="accesstoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expiry_choice", "seconds"), ("expiry_seconds__isnull", False)),
                    models.Q(models.Q(("expiry_choice", "seconds"), _negated=True), ("expiry_seconds", None)),
                    _connector="OR",
                ),
                name="token_seconds_with_choice",
            ),
        ),
        migrations.AddField(
            model_name="mobilesession",
            name="login",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="mobile_sessions", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="mobilesession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ending", "")),
                    models.Q(("ended_at__isnull", False), models.Q(("ending", ""), _negated=True)),
                    _connector="OR",
                ),
                name="mobile_session_ended_with_reason",
            ),
        ),
    ]
