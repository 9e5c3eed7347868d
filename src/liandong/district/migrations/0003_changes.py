"""The record of changes: why, from when, before and after, and how a planned change is taken back; vacant posts."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("district", "0002_people"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="packversion",
            name="after",
            field=models.JSONField(blank=True, default=list, verbose_name="之后"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="before",
            field=models.JSONField(blank=True, default=list, verbose_name="之前"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="effective_on",
            field=models.DateField(blank=True, null=True, verbose_name="生效日"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="kept",
            field=models.JSONField(blank=True, default=list, verbose_name="本库决定的行"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="kind",
            field=models.CharField(blank=True, max_length=40, verbose_name="种类"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="理由"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="stamp",
            field=models.CharField(blank=True, db_index=True, max_length=32, verbose_name="设置印记"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="taken_back_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="撤回时间"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="taken_back_by",
            field=models.CharField(blank=True, max_length=60, verbose_name="撤回人"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="target",
            field=models.CharField(blank=True, db_index=True, max_length=80, verbose_name="对象"),
        ),
        migrations.AddField(
            model_name="packversion",
            name="undo",
            field=models.JSONField(blank=True, default=list, verbose_name="撤回办法"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="duty_phone",
            field=models.CharField(blank=True, max_length=30, verbose_name="值班电话"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="liaison",
            field=models.CharField(blank=True, max_length=60, verbose_name="联络员"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="liaison_phone",
            field=models.CharField(blank=True, max_length=30, verbose_name="联络员电话"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="responsible",
            field=models.CharField(blank=True, max_length=60, verbose_name="负责人"),
        ),
        migrations.AlterField(
            model_name="contact",
            name="responsible_phone",
            field=models.CharField(blank=True, max_length=30, verbose_name="负责人电话"),
        ),
        migrations.AlterField(
            model_name="subunit",
            name="liaison",
            field=models.CharField(blank=True, max_length=60, verbose_name="联络员"),
        ),
        migrations.AlterField(
            model_name="subunit",
            name="liaison_phone",
            field=models.CharField(blank=True, max_length=30, verbose_name="联络员电话"),
        ),
        migrations.AlterField(
            model_name="subunit",
            name="responsible",
            field=models.CharField(blank=True, max_length=60, verbose_name="负责人"),
        ),
        migrations.AlterField(
            model_name="subunit",
            name="responsible_phone",
            field=models.CharField(blank=True, max_length=30, verbose_name="负责人电话"),
        ),
    ]
