# ruff: noqa: RUF012
"""Steps of registers that wait for the receipt of an order to the other network's instance (docs/decisions/060)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registers", "0006_seals")]
    operations = [
        migrations.CreateModel(
            name="RegisterBeside",
            fields=[
                ("order_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("register", models.CharField(max_length=40)),
                ("case_no", models.CharField(max_length=40)),
                ("sealed", models.TextField()),
            ],
            options={"db_table": "registers_beside"},
        ),
    ]
