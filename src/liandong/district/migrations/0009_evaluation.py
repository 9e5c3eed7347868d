"""Settings of evaluation and inhabitants of townships."""

from typing import Any, ClassVar

from django.db import migrations, models


def _cited() -> list[tuple[str, Any]]:
    return [
        (
            "id",
            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
        ),
        ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
        ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
    ]


class Migration(migrations.Migration):
    dependencies: ClassVar = [("district", "0008_reports")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Measure",
            fields=[
                *_cited(),
                ("key", models.CharField(max_length=40, unique=True, verbose_name="名称")),
                ("value", models.JSONField(verbose_name="值")),
            ],
            options={"verbose_name": "考评设置"},
        ),
        migrations.CreateModel(
            name="Inhabitants",
            fields=[
                *_cited(),
                ("township", models.CharField(max_length=12, verbose_name="街镇代码")),
                ("people", models.PositiveIntegerField(verbose_name="常住人口")),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(null=True, verbose_name="失效日")),
            ],
            options={"verbose_name": "常住人口"},
        ),
    ]
