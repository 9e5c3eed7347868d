# ruff: noqa: RUF012
"""The database itself refuses to change or remove an event or a seal, whoever asks (invariant I5)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from liandong.casework.append_only import guard


def refuse(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """PostgreSQL's function that every guarded table calls."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            "CREATE OR REPLACE FUNCTION casework_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
            params=None,
        )


class Migration(migrations.Migration):
    dependencies = [("casework", "0001_tables")]
    operations = [
        migrations.RunPython(refuse, migrations.RunPython.noop),
        guard("casework_event", "casework_seal"),
    ]
