# ruff: noqa: RUF012
"""Indexes that spare evaluation the rows themselves: calls repeated about one matter, rulings by their instant."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("casework", "0008_exchange")]
    operations = [
        migrations.RemoveIndex("case", "case_closed"),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=[
                    "closed_ms", "no", "state", "first_unit", "lead_unit", "kind", "case_class", "matter",
                    "township", "restricted", "satisfaction", "solved", "cycle", "received_ms",
                ],
                name="case_closed",
                condition=Q(closed_ms__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "assignment",
            models.Index(
                fields=["pushed_ms", "case_no", "n"], name="assignment_ruled", condition=Q(how="designate")
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["received_ms", "phone_hash", "matter", "no", "state"],
                name="case_repeated",
                condition=~Q(phone_hash="") & ~Q(matter=""),
            ),
        ),
    ]  # fmt: skip
