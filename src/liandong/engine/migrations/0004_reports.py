"""The reports that were drawn up, whom they go to, and who opened them."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("engine", "0003_learning"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ReportReceipt",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "report_id",
                        "by",
                        "what",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("report_id", models.BigIntegerField()),
                ("by", models.CharField(max_length=120)),
                ("what", models.CharField(max_length=8)),
                ("first_ms", models.BigIntegerField()),
                ("last_ms", models.BigIntegerField()),
                ("times", models.IntegerField()),
            ],
            options={
                "db_table": "engine_report_receipt",
            },
        ),
        migrations.CreateModel(
            name="KeptReport",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("period", models.CharField(max_length=24)),
                ("start_ms", models.BigIntegerField()),
                ("end_ms", models.BigIntegerField()),
                ("made_ms", models.BigIntegerField()),
                ("made_by", models.CharField(max_length=120)),
                ("scheduled", models.BooleanField()),
                ("title", models.CharField(max_length=300)),
                ("empty", models.BooleanField()),
                ("running", models.BooleanField()),
                ("body", models.TextField()),
                ("digest", models.CharField(max_length=64)),
                ("setting", models.CharField(max_length=16)),
                ("snapshot", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "engine_report",
                "indexes": [models.Index(fields=["kind", "end_ms", "id"], name="report_kind")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("scheduled", True)),
                        fields=("kind", "period"),
                        name="report_scheduled",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportRecipient",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "report_id",
                        "recipient",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("report_id", models.BigIntegerField()),
                ("recipient", models.CharField(max_length=60)),
            ],
            options={
                "db_table": "engine_report_recipient",
                "indexes": [models.Index(fields=["recipient", "report_id"], name="report_recipient")],
            },
        ),
    ]
