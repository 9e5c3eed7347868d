"""Dead letters of webhooks that a person deals with; a channel's key that is being retired (docs/decisions/070)."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = (("engine", "0008_intake"),)

    operations = (
        migrations.AddField("webhookdelivery", "dealt_ms", models.BigIntegerField(null=True)),
        migrations.AddField("webhookdelivery", "dealt_by", models.CharField(default="", max_length=120)),
        migrations.RemoveIndex("webhookdelivery", "delivery_pending"),
        migrations.AddIndex(
            "webhookdelivery",
            models.Index(
                fields=["webhook", "next_ms"], name="delivery_pending", condition=Q(state="pending")
            ),
        ),
        migrations.AddIndex(
            "webhookdelivery",
            models.Index(
                fields=["webhook", "created_ms"],
                name="delivery_dead",
                condition=Q(state="dead", dealt_ms__isnull=True),
            ),
        ),
        migrations.AddField("channel", "secret_before", models.BinaryField(default=b"")),
        migrations.AddField("channel", "secret_before_until_ms", models.BigIntegerField(default=0)),
    )
