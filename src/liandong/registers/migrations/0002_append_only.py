# ruff: noqa: RUF012
"""The database itself refuses to change or remove a step that was taken (I5)."""

from django.db import migrations

from liandong.casework.append_only import guard


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_tables"), ("casework", "0002_append_only")]
    operations = [guard("registers_step")]
