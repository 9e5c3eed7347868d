# ruff: noqa: RUF012
"""The database itself refuses to change or remove a step that was taken (I5)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "registers_step"
# The function of PostgreSQL is the one that guards the log of cases.
_FUNCTION = "casework_append_only"


def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers in place."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            f"FOR EACH ROW EXECUTE FUNCTION {_FUNCTION}()"
        )
        editor.execute(
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {_FUNCTION}()"
        )
        return
    for verb in ("update", "delete"):
        editor.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb} BEFORE {verb.upper()} ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only'); END"
        )


def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers away again (only to migrate backwards)."""
    names = (
        ("append_only", "no_truncate")
        if editor.connection.vendor == "postgresql"
        else ("no_update", "no_delete")
    )
    for name in names:
        where = f" ON {TABLE}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}{where}")


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_tables"), ("casework", "0002_append_only")]
    operations = [migrations.RunPython(forbid, allow)]
