# ruff: noqa: RUF012
"""Seals over the registers' steps; append-only like the steps themselves."""

from django.db import migrations, models

from liandong.casework.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("registers", "0005_mark_lookups")]
    operations = [
        migrations.CreateModel(
            name="RegisterSeal",
            fields=[
                ("n", models.IntegerField(primary_key=True, serialize=False)),
                ("at_ms", models.BigIntegerField()),
                ("position", models.BigIntegerField()),
                ("entries", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("algo", models.CharField(max_length=10)),
            ],
            options={"db_table": "registers_seal"},
        ),
        guard("registers_seal"),
    ]
