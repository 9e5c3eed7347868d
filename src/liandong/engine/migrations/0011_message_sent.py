# ruff: noqa: RUF012
"""Texts under way are found without reading all: a modem is asked for their status reports."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("engine", "0010_intake_latest"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["channel", "sent_ms"], name="message_sent", condition=Q(state="sent")),
        ),
    ]
