# ruff: noqa: RUF012
"""Seals over the registers' steps; append-only like the steps themselves."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "registers_seal"
_FUNCTION = "casework_append_only"


def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
        )
        return
    for verb in ("update", "delete"):
        editor.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        )


def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away again (only to migrate backwards)."""
    names = ("append_only",) if editor.connection.vendor == "postgresql" else ("no_update", "no_delete")
    where = f" ON {TABLE}" if editor.connection.vendor == "postgresql" else ""
    for name in names:
        editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{where}")


class Migration(migrations.Migration):
    dependencies = [("registers", "0005_mark_lookups")]
    operations = [
        migrations.CreateModel(
            name="RegisterSeal",
            fields=[
                ("n", models.IntegerField(primary_key=True, serialize=False)),
                ("at_ms", models.BigIntegerField()),
                ("position", models.BigIntegerField()),
                ("entries", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("algo", models.CharField(max_length=10)),
            ],
            options={"db_table": TABLE},
        ),
        migrations.RunPython(forbid, allow),
    ]
