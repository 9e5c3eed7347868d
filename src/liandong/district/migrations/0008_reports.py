"""Settings of the reports."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("district", "0007_grading_and_resources")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ReportSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("kind", models.CharField(max_length=12, unique=True, verbose_name="报告种类")),
                ("body", models.JSONField(verbose_name="内容")),
            ],
            options={"verbose_name": "报告设置"},
        ),
    ]
