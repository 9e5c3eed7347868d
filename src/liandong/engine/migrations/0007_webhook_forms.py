"""Webhooks in two forms, with a secret that is being retired beside the new one (docs/decisions/065)."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("engine", "0006_channels"),)

    operations = (
        migrations.AddField("webhook", "form", models.CharField(default="plain", max_length=12)),
        migrations.AddField("webhook", "previous_secret", models.BinaryField(default=b"")),
        migrations.AddField("webhook", "previous_until_ms", models.BigIntegerField(default=0)),
    )
