"""Settings of the registers."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("district", "0005_grades")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="RegisterSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("register", models.CharField(max_length=40, verbose_name="台账")),
                ("key", models.CharField(max_length=40, verbose_name="名称")),
                ("value", models.JSONField(verbose_name="值")),
            ],
            options={
                "verbose_name": "台账设置",
                "constraints": [
                    models.UniqueConstraint(fields=("register", "key"), name="district_register_setting")
                ],
            },
        ),
    ]
