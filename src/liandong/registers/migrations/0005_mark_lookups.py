# ruff: noqa: RUF012
"""Who looked up vehicle marks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0004_files")]

    operations = [
        migrations.CreateModel(
            name="MarkLookup",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at_ms", models.BigIntegerField()),
                ("file", models.CharField(max_length=120)),
                ("mark_no", models.CharField(max_length=120)),
                ("how", models.CharField(max_length=10)),
                ("answer", models.CharField(max_length=20)),
                ("account", models.CharField(max_length=120)),
                ("address", models.CharField(max_length=32)),
            ],
            options={
                "db_table": "registers_mark_lookup",
                "indexes": [
                    models.Index(fields=["file", "id"], name="mark_lookup_file"),
                    models.Index(fields=["at_ms"], name="mark_lookup_at"),
                ],
            },
        ),
    ]
