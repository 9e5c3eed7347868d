# ruff: noqa: RUF012
"""What a unit owes beside the cases it holds, found by the unit: acknowledgements, assistance, answers to supervision."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("casework", "0005_words")]
    operations = [
        migrations.AddIndex(
            "clockrow",
            models.Index(
                fields=["unit", "kind", "due_ms", "case_no"],
                name="clock_owed",
                condition=Q(stopped_ms__isnull=True, kind__in=("ack", "assist", "supervision")),
            ),
        ),
    ]
