# ruff: noqa: RUF012
"""Rules of notices that leave the pages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("district", "0009_evaluation"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("what", models.CharField(max_length=10, verbose_name="种类")),
                ("body", models.JSONField(verbose_name="内容")),
            ],
            options={
                "verbose_name": "通知设置",
            },
        ),
    ]
