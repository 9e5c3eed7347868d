# ruff: noqa: RUF012
"""Two instances that exchange signed files (docs/decisions/060): who they are, files sent and received, quarantine."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0004_reports"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExchangeAttachment",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("segment", models.BigIntegerField()),
            ],
            options={
                "db_table": "engine_exchange_attachment",
            },
        ),
        migrations.CreateModel(
            name="ExchangeBlob",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("segment", models.BigIntegerField()),
            ],
            options={
                "db_table": "engine_exchange_blob",
            },
        ),
        migrations.CreateModel(
            name="ExchangeKey",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("owner", models.CharField(db_index=True, max_length=32)),
                ("sign_public", models.BinaryField()),
                ("box_public", models.BinaryField()),
                ("sealed", models.BinaryField(default=b"")),
                ("state", models.CharField(max_length=8)),
                ("made_ms", models.BigIntegerField()),
                ("until_ms", models.BigIntegerField(null=True)),
                ("by", models.CharField(default="", max_length=120)),
            ],
            options={
                "db_table": "engine_exchange_key",
            },
        ),
        migrations.CreateModel(
            name="ExchangePeer",
            fields=[
                ("instance", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("side", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=80)),
                ("added_ms", models.BigIntegerField()),
                ("by", models.CharField(max_length=120)),
            ],
            options={
                "db_table": "engine_exchange_peer",
            },
        ),
        migrations.CreateModel(
            name="ExchangeReceived",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("records", models.IntegerField(default=0)),
                ("events", models.IntegerField(default=0)),
                ("made_ms", models.BigIntegerField()),
                ("begun_ms", models.BigIntegerField()),
                ("done_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "engine_exchange_received",
            },
        ),
        migrations.CreateModel(
            name="ExchangeSelf",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("instance", models.CharField(max_length=32)),
                ("side", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=80)),
                ("exported", models.BigIntegerField(default=0)),
                ("applied", models.BigIntegerField(default=0)),
                ("applied_digest", models.CharField(default="", max_length=64)),
                ("acknowledged", models.BigIntegerField(default=0)),
                ("receipt_in", models.BigIntegerField(default=0)),
                ("receipt_in_ms", models.BigIntegerField(null=True)),
                ("receipt_in_body", models.TextField(default="")),
                ("receipt_out", models.BigIntegerField(default=0)),
                ("receipt_out_ms", models.BigIntegerField(default=0)),
                ("receipt_out_body", models.TextField(default="")),
                ("attachments_ms", models.BigIntegerField(default=0)),
                ("trouble", models.CharField(default="", max_length=300)),
            ],
            options={
                "db_table": "engine_exchange_self",
            },
        ),
        migrations.CreateModel(
            name="ExchangeQuarantine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("kept", models.CharField(max_length=160)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("reason", models.CharField(max_length=20)),
                ("detail", models.CharField(max_length=300)),
                ("at_ms", models.BigIntegerField()),
                ("times", models.IntegerField(default=1)),
                ("state", models.CharField(default="open", max_length=10)),
            ],
            options={
                "db_table": "engine_exchange_quarantine",
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["id"], name="quarantine_open")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("name", "digest", "reason"), name="quarantine_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ExchangeSent",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("digest", models.CharField(max_length=64)),
                ("size", models.BigIntegerField()),
                ("events", models.IntegerField()),
                ("others", models.IntegerField()),
                ("made_ms", models.BigIntegerField()),
                ("offered_ms", models.BigIntegerField(default=0)),
                ("offers", models.IntegerField(default=0)),
                ("acknowledged_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "engine_exchange_sent",
                "indexes": [
                    models.Index(
                        condition=models.Q(("acknowledged_ms__isnull", True)),
                        fields=["number"],
                        name="exchange_unacknowledged",
                    )
                ],
            },
        ),
    ]
