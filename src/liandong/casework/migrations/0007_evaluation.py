# ruff: noqa: RUF012
"""What evaluation counts and keeps: assignments (filled from the states that are there), exclusions, frozen snapshots.

Exclusions and snapshots are append-only like the log: the database itself refuses to change or remove them.
"""

from django.db import connection, migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from liandong.casework.append_only import guard

STRETCH = 500


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The assignments of the cases that are there already, out of their states."""
    from liandong.casework import project, rows
    from liandong.rules.codec import load_state

    low = ""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT no, doc FROM casework_case WHERE no > %s ORDER BY no LIMIT %s", [low, STRETCH]
            )
            found = cursor.fetchall()
        rows.put_assignments([row for _, doc in found for row in project.assignment_rows(load_state(doc))])
        if len(found) < STRETCH:
            return
        low = found[-1][0]


class Migration(migrations.Migration):
    dependencies = [
        ("casework", "0006_workbench"),
    ]

    operations = [
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_no", "n", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("case_no", models.CharField(max_length=40)),
                ("n", models.IntegerField()),
                ("unit", models.CharField(max_length=40)),
                ("how", models.CharField(max_length=10)),
                ("pushed_ms", models.BigIntegerField()),
                ("sign_due_ms", models.BigIntegerField(null=True)),
                ("signed_ms", models.BigIntegerField(null=True)),
                ("sign_outcome", models.CharField(max_length=20)),
                ("due_ms", models.BigIntegerField(null=True)),
                ("original_due_ms", models.BigIntegerField(null=True)),
                ("stopped_ms", models.BigIntegerField(null=True)),
                ("outcome", models.CharField(max_length=20)),
                ("paused", models.BooleanField()),
                ("promised", models.BooleanField()),
                ("suspended", models.BooleanField()),
                ("feedback_ms", models.BigIntegerField(null=True)),
                ("finished_ms", models.BigIntegerField(null=True)),
                ("contact_due_ms", models.BigIntegerField(null=True)),
                ("contacted_ms", models.BigIntegerField(null=True)),
                ("contact_outcome", models.CharField(max_length=20)),
                ("contact_paused", models.BooleanField()),
                ("contact_claimed", models.BooleanField()),
                ("reachable", models.BooleanField()),
                ("returned_ms", models.BigIntegerField(null=True)),
                ("return_outcome", models.CharField(max_length=10)),
                ("dropped", models.BooleanField()),
                ("pauses", models.TextField()),
            ],
            options={
                "db_table": "casework_assignment",
            },
        ),
        migrations.CreateModel(
            name="Exclusion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_no", models.CharField(max_length=40)),
                ("unit", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=500)),
                ("by", models.CharField(max_length=120)),
                ("at_ms", models.BigIntegerField()),
                ("reference", models.CharField(max_length=80)),
            ],
            options={
                "db_table": "casework_exclusion",
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                ("id", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=40)),
                ("start_ms", models.BigIntegerField()),
                ("end_ms", models.BigIntegerField()),
                ("revision", models.IntegerField()),
                ("predecessor", models.CharField(max_length=40)),
                ("reason", models.CharField(max_length=500)),
                ("at_ms", models.BigIntegerField()),
                ("by", models.CharField(max_length=120)),
                ("policy", models.CharField(max_length=80)),
                ("definitions", models.CharField(max_length=64)),
                ("position", models.BigIntegerField()),
                ("settings", models.TextField()),
                ("results", models.BinaryField()),
                ("hash", models.CharField(max_length=64)),
                ("algo", models.CharField(max_length=10)),
            ],
            options={
                "db_table": "casework_snapshot",
            },
        ),
        migrations.CreateModel(
            name="SnapshotRows",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "snapshot", "kind", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("snapshot", models.CharField(max_length=40)),
                ("kind", models.CharField(max_length=12)),
                ("data", models.BinaryField()),
            ],
            options={
                "db_table": "casework_snapshot_rows",
            },
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("source_channel__in", ("test", "drill"))),
                fields=["no"],
                name="case_no_citizens",
            ),
        ),
        migrations.AddIndex(
            model_name="clockrow",
            index=models.Index(
                condition=models.Q(("kind__in", ("phone_report", "written_report", "callback", "ruling"))),
                fields=["due_ms", "case_no", "kind"],
                name="clock_evaluated",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("type__in", ("call_back", "reclassify", "rework"))),
                fields=["at_ms", "type", "by", "case_no"],
                name="event_signs",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["due_ms", "case_no", "n"], name="assignment_due"),
        ),
        migrations.AddConstraint(
            model_name="exclusion",
            constraint=models.UniqueConstraint(fields=("case_no", "unit"), name="exclusion_once"),
        ),
        migrations.AddConstraint(
            model_name="snapshot",
            constraint=models.UniqueConstraint(fields=("name", "revision"), name="snapshot_revision"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        guard("casework_exclusion", "casework_snapshot", "casework_snapshot_rows"),
    ]
