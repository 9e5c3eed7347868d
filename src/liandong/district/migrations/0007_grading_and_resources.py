# ruff: noqa: RUF012
"""What events are graded by, and what an incident can be answered with (R39, R52, R53)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("district", "0006_registers"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeverityMeasure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=30, unique=True, verbose_name="代码")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("unit", models.CharField(max_length=10, verbose_name="单位")),
                ("scale", models.PositiveIntegerField(verbose_name="一个填写单位合多少")),
                ("more", models.CharField(max_length=60, verbose_name="再增加时的说法")),
            ],
            options={
                "verbose_name": "分级数字",
            },
        ),
        migrations.CreateModel(
            name="EventKind",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="失效日")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("code", models.CharField(max_length=30, verbose_name="代码")),
                ("name", models.CharField(max_length=40, verbose_name="名称")),
                ("norm", models.CharField(max_length=120, verbose_name="标准")),
                ("above_includes", models.BooleanField(verbose_name="以上含本数")),
                ("below_includes", models.BooleanField(verbose_name="以下含本数")),
                ("confirmed", models.BooleanField(verbose_name="已与原文核对")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="说明")),
                ("rows", models.JSONField(verbose_name="各档")),
            ],
            options={
                "verbose_name": "事件分级标准",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="district_eventkind_dates",
                    ),
                    models.UniqueConstraint(fields=("code", "valid_from"), name="district_event_kind"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RaisingFactor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="失效日")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("code", models.CharField(max_length=30, unique=True, verbose_name="代码")),
                ("group", models.CharField(max_length=20, verbose_name="方面")),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("raises", models.PositiveSmallIntegerField(verbose_name="升几级")),
                ("why", models.CharField(max_length=120, verbose_name="理由")),
                ("confirmed", models.BooleanField(verbose_name="已核实")),
            ],
            options={
                "verbose_name": "敏感与发展情形",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="district_raisingfactor_dates",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Resource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="生效日")),
                ("valid_to", models.DateField(blank=True, null=True, verbose_name="失效日")),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="出处")),
                ("clause", models.CharField(blank=True, max_length=300, verbose_name="条款")),
                ("code", models.CharField(max_length=30, verbose_name="编号")),
                ("kind", models.CharField(max_length=20, verbose_name="种类")),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("unit", models.CharField(max_length=20, verbose_name="主管单位")),
                ("contact", models.CharField(blank=True, max_length=60, verbose_name="联系人")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="电话")),
                ("place", models.CharField(blank=True, max_length=120, verbose_name="驻地")),
                ("capacity", models.JSONField(blank=True, default=dict, verbose_name="容量")),
                ("shared", models.BooleanField(default=False, verbose_name="可同时支援多起")),
            ],
            options={
                "verbose_name": "应急资源",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to", None), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="district_resource_dates",
                    ),
                    models.UniqueConstraint(fields=("code", "valid_from"), name="district_resource_code"),
                ],
            },
        ),
    ]
