"""The schematic map of the townships and the settings of the figures."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("district", "0003_changes")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="FigureSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("key", models.CharField(max_length=40, unique=True, verbose_name="名称")),
                ("value", models.PositiveIntegerField(verbose_name="值")),
            ],
            options={"verbose_name": "统计设置"},
        ),
        migrations.CreateModel(
            name="MapTile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("township", models.CharField(max_length=12, unique=True, verbose_name="街镇代码")),
                ("row", models.PositiveSmallIntegerField(verbose_name="行")),
                ("column", models.PositiveSmallIntegerField(verbose_name="列")),
                ("source", models.CharField(max_length=200, verbose_name="出处")),
            ],
            options={
                "verbose_name": "示意图位置",
                "constraints": [
                    models.UniqueConstraint(fields=("row", "column"), name="district_tile_place")
                ],
            },
        ),
    ]
