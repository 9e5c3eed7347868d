# ruff: noqa: RUF012
"""The tables of the registers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RegisterEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("no", models.CharField(max_length=120, unique=True)),
                ("year", models.SmallIntegerField()),
                ("serial", models.IntegerField()),
                ("state", models.CharField(max_length=30)),
                ("is_open", models.BooleanField()),
                ("unit", models.CharField(max_length=40)),
                ("case_no", models.CharField(max_length=40)),
                ("period", models.CharField(max_length=12)),
                ("opened_ms", models.BigIntegerField()),
                ("due_ms", models.BigIntegerField(null=True)),
                ("closed_ms", models.BigIntegerField(null=True)),
                ("version", models.IntegerField()),
                ("head", models.CharField(max_length=64)),
                ("doc", models.TextField()),
                ("wrapped", models.BinaryField(null=True)),
                ("sealed", models.BinaryField()),
            ],
            options={
                "db_table": "registers_entry",
                "indexes": [
                    models.Index(fields=["register", "opened_ms", "id"], name="register_list"),
                    models.Index(fields=["register", "period", "id"], name="register_period"),
                    models.Index(fields=["register", "unit", "id"], name="register_unit"),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["register", "due_ms"],
                        name="register_due",
                    ),
                    models.Index(
                        condition=models.Q(("case_no", ""), _negated=True),
                        fields=["case_no"],
                        name="register_case",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("register", "year", "serial"), name="register_serial")
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterNotice",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField()),
                ("register", models.CharField(max_length=40)),
                ("no", models.CharField(max_length=120)),
                ("seq", models.IntegerField()),
                ("recipient", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=40)),
                ("at_ms", models.BigIntegerField()),
                ("read_ms", models.BigIntegerField(null=True)),
                ("read_by", models.CharField(default="", max_length=120)),
            ],
            options={
                "db_table": "registers_notice",
                "indexes": [
                    models.Index(fields=["recipient", "id"], name="register_notice_inbox"),
                    models.Index(
                        condition=models.Q(("read_ms__isnull", True)),
                        fields=["recipient"],
                        name="register_notice_unread",
                    ),
                    models.Index(fields=["entry_id"], name="register_notice_entry"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterParty",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entry_id", "unit", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entry_id", models.BigIntegerField()),
                ("unit", models.CharField(max_length=40)),
                ("register", models.CharField(max_length=40)),
                ("due_ms", models.BigIntegerField(null=True)),
                ("done_ms", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "registers_party",
                "indexes": [
                    models.Index(fields=["unit", "register", "entry_id"], name="register_party_unit"),
                    models.Index(
                        condition=models.Q(("done_ms__isnull", True)),
                        fields=["unit", "due_ms"],
                        name="register_owed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterStep",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                ("step", models.CharField(max_length=40)),
                ("at_ms", models.BigIntegerField()),
                ("by", models.CharField(max_length=120)),
                ("policy", models.CharField(max_length=80)),
                ("body", models.TextField()),
                ("sealed", models.BinaryField()),
                ("key", models.CharField(max_length=200)),
                ("request", models.CharField(max_length=64)),
                ("prev", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                ("algo", models.CharField(max_length=10)),
            ],
            options={
                "db_table": "registers_step",
                "constraints": [
                    models.UniqueConstraint(fields=("entry_id", "seq"), name="register_step_seq"),
                    models.UniqueConstraint(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=("by", "key"),
                        name="register_step_key",
                    ),
                ],
            },
        ),
    ]
