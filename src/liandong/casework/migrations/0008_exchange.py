# ruff: noqa: RUF012
"""Two instances that exchange their logs (docs/decisions/060): origins of events, orders, loans, contradictions."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("casework", "0007_evaluation")]
    operations = [
        migrations.CreateModel(
            name="Origin",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("origin", models.BigIntegerField()),
            ],
            options={"db_table": "casework_origin"},
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("direction", models.CharField(max_length=3)),
                ("n", models.BigIntegerField()),
                ("case_no", models.CharField(max_length=40)),
                ("command", models.CharField(max_length=40)),
                ("actor", models.CharField(max_length=120)),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=64)),
                ("body", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("segment", models.BigIntegerField(default=0)),
                ("done_ms", models.BigIntegerField(null=True)),
                ("version", models.IntegerField(null=True)),
                ("code", models.CharField(default="", max_length=40)),
                ("rule", models.CharField(default="", max_length=20)),
                ("detail", models.TextField(default="")),
            ],
            options={
                "db_table": "casework_order",
                "indexes": [
                    models.Index(fields=["case_no", "at_ms"], name="order_case"),
                    models.Index(
                        fields=["direction", "n"], name="order_waiting", condition=Q(state="waiting")
                    ),
                    models.Index(fields=["direction", "n"], name="order_unsent", condition=Q(segment=0)),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["actor", "key"],
                        name="order_once",
                        condition=Q(direction="out") & ~Q(key=""),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                ("case_no", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("order_id", models.CharField(db_index=True, max_length=32)),
            ],
            options={"db_table": "casework_loan"},
        ),
        migrations.CreateModel(
            name="Contradiction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_no", models.CharField(max_length=40)),
                ("seq", models.IntegerField()),
                ("hash", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=20)),
                ("detail", models.CharField(max_length=300)),
                ("body", models.TextField()),
                ("at_ms", models.BigIntegerField()),
                ("state", models.CharField(default="open", max_length=10)),
            ],
            options={
                "db_table": "casework_contradiction",
                "indexes": [
                    models.Index(fields=["id"], name="contradiction_open", condition=Q(state="open"))
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["case_no", "seq", "hash"], name="contradiction_once")
                ],
            },
        ),
    ]
