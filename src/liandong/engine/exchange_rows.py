"""Tables of the exchange between two instances: who we are, who the other is, files sent and received, quarantine."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class ExchangeSelf(models.Model):
    """One row: this instance and where it stands. ``exported`` is how far the log was read, ``applied`` the last file of
    the other side that was applied whole, ``acknowledged`` the last of ours that the other side applied."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    instance = models.CharField(max_length=32)
    side = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    exported = models.BigIntegerField(default=0)
    applied = models.BigIntegerField(default=0)
    applied_digest = models.CharField(max_length=64, default="")
    acknowledged = models.BigIntegerField(default=0)
    receipt_in = models.BigIntegerField(default=0)
    receipt_in_ms = models.BigIntegerField(null=True)
    receipt_in_body = models.TextField(default="")
    receipt_out = models.BigIntegerField(default=0)
    receipt_out_ms = models.BigIntegerField(default=0)
    receipt_out_body = models.TextField(default="")
    attachments_ms = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "engine_exchange_self"

    def __str__(self) -> str:
        return self.name


class ExchangeKey(models.Model):
    """A pair of keys. ``owner`` is an instance: our own (``sealed`` holds the private halves) or the other one.

    ``state``: current, next (made, not yet known over there), old (still opens and proves until ``until_ms``).
    """

    id = models.CharField(max_length=32, primary_key=True)
    owner = models.CharField(max_length=32, db_index=True)
    sign_public = models.BinaryField()
    box_public = models.BinaryField()
    sealed = models.BinaryField(default=b"")
    state = models.CharField(max_length=8)
    made_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField(null=True)
    by = models.CharField(max_length=120, default="")

    class Meta:
        db_table = "engine_exchange_key"

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class ExchangePeer(models.Model):
    """The other instance, entered by hand after its fingerprint was compared by telephone."""

    instance = models.CharField(max_length=32, primary_key=True)
    side = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    added_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)

    class Meta:
        db_table = "engine_exchange_peer"

    def __str__(self) -> str:
        return self.name


class ExchangeSent(models.Model):
    """A file of ours. Its bytes lie in the spool until some days after the other side acknowledged it."""

    number = models.BigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    events = models.IntegerField()
    others = models.IntegerField()
    made_ms = models.BigIntegerField()
    offered_ms = models.BigIntegerField(default=0)
    offers = models.IntegerField(default=0)
    acknowledged_ms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "engine_exchange_sent"
        indexes = (
            models.Index(
                fields=["number"], name="exchange_unacknowledged", condition=Q(acknowledged_ms__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return str(self.number)


class ExchangeReceived(models.Model):
    """A file of the other side. ``records`` of it are applied; ``done_ms`` when all were."""

    number = models.BigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    records = models.IntegerField(default=0)
    events = models.IntegerField(default=0)
    made_ms = models.BigIntegerField()
    begun_ms = models.BigIntegerField()
    done_ms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "engine_exchange_received"

    def __str__(self) -> str:
        return str(self.number)


class ExchangeQuarantine(models.Model):
    """A file that was not applied, and why; the bytes lie in quarantine/ under ``kept``. ``state``: open, settled."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    kept = models.CharField(max_length=160)
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()
    reason = models.CharField(max_length=20)
    detail = models.CharField(max_length=300)
    at_ms = models.BigIntegerField()
    times = models.IntegerField(default=1)
    state = models.CharField(max_length=10, default="open")

    class Meta:
        db_table = "engine_exchange_quarantine"
        constraints = (models.UniqueConstraint(fields=["name", "digest", "reason"], name="quarantine_once"),)
        indexes = (models.Index(fields=["id"], name="quarantine_open", condition=Q(state="open")),)

    def __str__(self) -> str:
        return f"{self.name} {self.reason}"


class ExchangeAttachment(models.Model):
    """An attachment that was sent to the other side or came from there."""

    id = models.CharField(max_length=32, primary_key=True)
    segment = models.BigIntegerField()

    class Meta:
        db_table = "engine_exchange_attachment"

    def __str__(self) -> str:
        return self.id


class ExchangeBlob(models.Model):
    """Bytes (by digest) that both sides have: they travel at most once."""

    digest = models.CharField(max_length=64, primary_key=True)
    segment = models.BigIntegerField()

    class Meta:
        db_table = "engine_exchange_blob"

    def __str__(self) -> str:
        return self.digest
