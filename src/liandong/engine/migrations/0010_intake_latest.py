# ruff: noqa: RUF012
"""Intake: the latest message of a mapping is found without reading all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0009_webhook_letters"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="intakemessage",
            index=models.Index(fields=["mapping", "id"], name="intake_latest"),
        ),
    ]
