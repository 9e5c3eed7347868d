# ruff: noqa: RUF012
"""Indexes that spare evaluation the rows themselves: calls repeated about one matter, rulings by their instant."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("casework", "0008_exchange")]
    operations = [
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
    ]
