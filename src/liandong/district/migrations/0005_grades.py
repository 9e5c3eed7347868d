# ruff: noqa: RUF012
"""From which share of a limit on a page calls it pressing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("district", "0004_figures")]
    operations = [
        migrations.CreateModel(
            name="UrgencyGrade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("code", models.CharField(max_length=10, unique=True, verbose_name="紧急程度")),
                ("upto", models.PositiveSmallIntegerField(verbose_name="剩余百分比不超过")),
            ],
            options={"verbose_name": "紧急程度"},
        ),
    ]
