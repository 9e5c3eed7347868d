# ruff: noqa: RUF012
"""The index of words (``casework/words.py``): a table, and beside it what the database searches it with.

SQLite: an FTS5 index over the table's tokens, kept by triggers. PostgreSQL: a GIN index of the same tokens.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = (
    "CREATE VIRTUAL TABLE casework_words_index USING fts5(tokens, content='casework_words', content_rowid='id', "
    "detail=none, columnsize=0)",
    "CREATE TRIGGER casework_words_in AFTER INSERT ON casework_words BEGIN "
    "INSERT INTO casework_words_index (rowid, tokens) VALUES (new.id, new.tokens); END",
    "CREATE TRIGGER casework_words_out AFTER DELETE ON casework_words BEGIN "
    "INSERT INTO casework_words_index (casework_words_index, rowid, tokens) "
    "VALUES ('delete', old.id, old.tokens); END",
)
SQLITE_BACK = (
    "DROP TRIGGER IF EXISTS casework_words_out",
    "DROP TRIGGER IF EXISTS casework_words_in",
    "DROP TABLE IF EXISTS casework_words_index",
)
POSTGRESQL = (
    "CREATE INDEX casework_words_index ON casework_words USING gin (to_tsvector('simple', tokens))",
)
POSTGRESQL_BACK = ("DROP INDEX IF EXISTS casework_words_index",)


def build(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """What searches the table."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Back to the bare table."""
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("casework", "0004_figures")]
    operations = [
        migrations.CreateModel(
            "Words",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("case_no", models.CharField(max_length=40, unique=True)),
                ("tokens", models.TextField()),
            ],
            options={"db_table": "casework_words"},
        ),
        migrations.CreateModel(
            "WordsAt",
            [
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
            ],
            options={"db_table": "casework_words_at"},
        ),
        migrations.RunPython(build, drop),
    ]
