# ruff: noqa: RUF012
"""Who opened a case's page; finding the instructions of open cases and the latest reveals without reading the whole log."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("casework", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="Look",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "case_no",
                        "by",
                        "hour",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("case_no", models.CharField(max_length=40)),
                ("by", models.CharField(max_length=120)),
                ("hour", models.IntegerField()),
                ("at_ms", models.BigIntegerField()),
            ],
            options={"db_table": "casework_look"},
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("type", "instruct")), fields=["case_no"], name="event_instruct"
            ),
        ),
        migrations.AddIndex(model_name="reveal", index=models.Index(fields=["at_ms"], name="reveal_at")),
        migrations.AddIndex(model_name="look", index=models.Index(fields=["hour"], name="look_hour")),
    ]
