# ruff: noqa: RUF012
"""Files of entries."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_frames")]

    operations = [
        migrations.CreateModel(
            name="RegisterFile",
            fields=[
                ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("no", models.CharField(max_length=120)),
                ("digest", models.CharField(max_length=64)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.BigIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("by", models.CharField(max_length=120)),
                ("at_ms", models.BigIntegerField()),
            ],
            options={
                "db_table": "registers_file",
                "indexes": [
                    models.Index(fields=["register", "no"], name="register_file_entry"),
                    models.Index(
                        condition=models.Q(("no", "")), fields=["by", "at_ms"], name="register_file_waiting"
                    ),
                ],
            },
        ),
    ]
