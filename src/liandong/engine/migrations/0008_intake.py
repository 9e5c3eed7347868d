# ruff: noqa: RUF012
"""Intake: messages of other systems that were seen, and how far each source was read (R6)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0007_webhook_forms"),
    ]

    operations = [
        migrations.CreateModel(
            name="IntakeCursor",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("mark", models.CharField(default="", max_length=400)),
                ("read_ms", models.BigIntegerField(default=0)),
                ("failures", models.IntegerField(default=0)),
                ("next_ms", models.BigIntegerField(default=0)),
                ("error", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "engine_intake_cursor",
            },
        ),
        migrations.CreateModel(
            name="IntakeMessage",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("channel", models.CharField(max_length=40)),
                ("message", models.CharField(max_length=130)),
                ("ref", models.CharField(max_length=200)),
                ("mapping", models.CharField(max_length=40)),
                ("action", models.CharField(max_length=10)),
                ("digest", models.CharField(max_length=64)),
                ("state", models.CharField(max_length=10)),
                ("case_no", models.CharField(default="", max_length=40)),
                ("at_ms", models.BigIntegerField()),
                ("received_ms", models.BigIntegerField()),
                ("sealed", models.BinaryField(default=b"")),
            ],
            options={
                "db_table": "engine_intake_message",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "held")), fields=["channel", "ref"], name="intake_held"
                    ),
                    models.Index(
                        condition=models.Q(("state", "held")),
                        fields=["received_ms"],
                        name="intake_held_since",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("channel", "message"), name="intake_once")],
            },
        ),
    ]
