# ruff: noqa: RUF012
"""Channels out of the house: how each is reached, messages with their receipts, breakers (docs/decisions/061)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0005_exchange"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("peer", models.CharField(max_length=120, primary_key=True, serialize=False)),
                ("failures", models.IntegerField(default=0)),
                ("opens", models.IntegerField(default=0)),
                ("open_until_ms", models.BigIntegerField(default=0)),
                ("since_ms", models.BigIntegerField(default=0)),
                ("error", models.CharField(default="", max_length=200)),
            ],
            options={
                "db_table": "engine_breaker",
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("code", models.CharField(max_length=24, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=40)),
                ("active", models.BooleanField(default=False)),
                ("rank", models.SmallIntegerField(default=10)),
                ("settings", models.JSONField(default=dict)),
                ("per_minute", models.IntegerField(default=60)),
                ("at_once", models.SmallIntegerField(default=4)),
                ("most_attempts", models.SmallIntegerField(default=8)),
                ("secret", models.BinaryField(default=b"")),
                ("receipt_secret", models.BinaryField(default=b"")),
                ("receipt_before", models.BinaryField(default=b"")),
                ("before_until_ms", models.BigIntegerField(default=0)),
                ("next_ms", models.BigIntegerField(default=0)),
                ("changed_ms", models.BigIntegerField(default=0)),
            ],
            options={
                "db_table": "engine_channel",
            },
        ),
        migrations.CreateModel(
            name="ChannelBox",
            fields=[
                ("recipient", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("address", models.CharField(max_length=120)),
                ("by", models.CharField(max_length=120)),
                ("at_ms", models.BigIntegerField()),
            ],
            options={
                "db_table": "engine_channel_box",
            },
        ),
        migrations.CreateModel(
            name="ChannelChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(db_index=True, max_length=80)),
                ("at_ms", models.BigIntegerField()),
                ("by", models.CharField(max_length=120)),
                ("what", models.CharField(max_length=20)),
                ("detail", models.CharField(max_length=400)),
            ],
            options={
                "db_table": "engine_channel_change",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
                ("n", models.SmallIntegerField()),
                ("person", models.CharField(max_length=24)),
                ("step", models.SmallIntegerField(default=0)),
                ("turn", models.SmallIntegerField(default=0)),
                ("case_no", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=24)),
                ("recipient", models.CharField(max_length=80)),
                ("name", models.CharField(default="", max_length=60)),
                ("means", models.CharField(max_length=8)),
                ("channel", models.CharField(max_length=24)),
                ("address", models.CharField(default="", max_length=120)),
                ("text", models.CharField(max_length=400)),
                ("parts", models.SmallIntegerField(default=1)),
                ("urgent", models.BooleanField(default=False)),
                ("route", models.JSONField(default=dict)),
                ("state", models.CharField(default="queued", max_length=10)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("created_ms", models.BigIntegerField()),
                ("next_ms", models.BigIntegerField()),
                ("until_ms", models.BigIntegerField()),
                ("claimed_until_ms", models.BigIntegerField(default=0)),
                ("sent_ms", models.BigIntegerField(null=True)),
                ("received_ms", models.BigIntegerField(null=True)),
                ("read_ms", models.BigIntegerField(null=True)),
                ("failed_ms", models.BigIntegerField(null=True)),
                ("provider_id", models.CharField(default="", max_length=80)),
                ("error", models.CharField(default="", max_length=200)),
                ("dealt_ms", models.BigIntegerField(null=True)),
                ("dealt_by", models.CharField(default="", max_length=120)),
                ("handed_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "engine_message",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "queued")),
                        fields=["channel", "next_ms"],
                        name="message_queued",
                    ),
                    models.Index(
                        condition=models.Q(("state", "queued")), fields=["until_ms"], name="message_until"
                    ),
                    models.Index(fields=["case_no"], name="message_case"),
                    models.Index(fields=["channel", "provider_id"], name="message_provider"),
                    models.Index(
                        condition=models.Q(("dealt_ms__isnull", True), ("state", "failed")),
                        fields=["failed_ms"],
                        name="message_dead",
                    ),
                    models.Index(
                        condition=models.Q(("dealt_ms__isnull", True), ("means", "call")),
                        fields=["created_ms"],
                        name="message_calls",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("position", "n", "person", "step", "turn"), name="message_once"
                    )
                ],
            },
        ),
    ]
