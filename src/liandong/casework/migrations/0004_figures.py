# ruff: noqa: RUF012
"""What figures ask of a case (how the caller was satisfied, whether it was solved, how often it was done again) as columns,
and the indexes that keep a count over a period from reading the rows outside it."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Q


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The columns of the cases that are there already, out of their states."""

    def of(key: str) -> str:
        return (
            f"(doc::json ->> '{key}')"
            if editor.connection.vendor == "postgresql"
            else f"json_extract(doc, '$.{key}')"
        )

    editor.execute(
        f"UPDATE casework_case SET satisfaction = COALESCE({of('satisfaction')}, ''), "
        f"solved = COALESCE({of('solved')}, ''), cycle = CAST(COALESCE({of('cycle')}, '0') AS smallint)",
        params=None,
    )


class Migration(migrations.Migration):
    dependencies = [("casework", "0003_looks_and_instructions")]
    operations = [
        migrations.AddField("case", "satisfaction", models.CharField(max_length=20, default="")),
        migrations.AddField("case", "solved", models.CharField(max_length=10, default="")),
        migrations.AddField("case", "cycle", models.SmallIntegerField(default=0)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=[
                    "received_ms", "no", "state", "first_unit", "lead_unit", "kind", "case_class", "matter",
                    "township", "restricted",
                ],
                name="case_figures",
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=[
                    "closed_ms", "no", "state", "first_unit", "lead_unit", "kind", "case_class", "matter",
                    "township", "restricted", "satisfaction", "solved", "cycle",
                ],
                name="case_closed",
                condition=Q(closed_ms__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "clockrow",
            models.Index(
                fields=["due_ms", "case_no"], name="clock_judged", condition=Q(kind__in=("sign", "handle"))
            ),
        ),
        migrations.AddIndex(
            "clockrow",
            models.Index(
                fields=["started_ms", "case_no"],
                name="clock_begun",
                condition=Q(kind__in=("ruling", "police_feedback")),
            ),
        ),
        migrations.AddIndex(
            "event", models.Index(fields=["at_ms"], name="event_returns", condition=Q(type="return"))
        ),
    ]  # fmt: skip
