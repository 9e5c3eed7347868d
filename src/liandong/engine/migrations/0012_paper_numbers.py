# ruff: noqa: RUF012
"""The register of file numbers (发文字号) that papers were given; only ever added to."""

from django.db import migrations, models

from liandong.casework.append_only import guard


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0011_message_sent"),
        ("casework", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaperNumber",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "word",
                        "year",
                        "serial",
                        "what",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("word", models.CharField(max_length=40)),
                ("year", models.IntegerField()),
                ("serial", models.IntegerField()),
                ("what", models.CharField(max_length=6)),
                ("number", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=400)),
                ("title", models.CharField(max_length=300)),
                ("at_ms", models.BigIntegerField()),
                ("by", models.CharField(max_length=120)),
                ("reason", models.CharField(max_length=300)),
            ],
            options={
                "db_table": "engine_paper_number",
                "indexes": [
                    models.Index(fields=["subject"], name="paper_subject"),
                    models.Index(fields=["number"], name="paper_number"),
                ],
            },
        ),
        guard("engine_paper_number"),
    ]
