"""Tables whose rows the database itself refuses to change or remove, whoever asks (I5): one operation for migrations.

PostgreSQL's function comes with migration 0002 of this room: a migration that guards a table depends on it.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def guard(*tables: str) -> migrations.RunPython:
    """The operation that guards these tables; backwards it takes the guard away again."""

    def forbid(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        for table in tables:
            if editor.connection.vendor == "postgresql":
                editor.execute(
                    f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION casework_append_only()"
                )
                editor.execute(
                    f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION casework_append_only()"
                )
            else:
                for verb in ("update", "delete"):
                    editor.execute(
                        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                    )

    def allow(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        postgres = editor.connection.vendor == "postgresql"
        for table in tables:
            for name in ("append_only", "no_truncate") if postgres else ("no_update", "no_delete"):
                editor.execute(f"DROP TRIGGER IF EXISTS {table}_{name}{f' ON {table}' if postgres else ''}")

    return migrations.RunPython(forbid, allow)
