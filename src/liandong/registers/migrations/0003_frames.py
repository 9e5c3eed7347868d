# ruff: noqa: RUF012
"""Frames of samplings: what was drawn from, kept under its digest (R65)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="RegisterFrame",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.IntegerField()),
                ("body", models.BinaryField()),
            ],
            options={"db_table": "registers_frame"},
        ),
    ]
