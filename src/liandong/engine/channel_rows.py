"""Tables of the channels: how each is reached, every message with its receipt, what failed, and who changed what."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Channel(models.Model):
    """One way out of the house. ``settings`` is data of its kind; secrets lie sealed, the one before until it runs out."""

    code = models.CharField(max_length=24, primary_key=True)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=40)
    active = models.BooleanField(default=False)
    rank = models.SmallIntegerField(default=10)
    settings = models.JSONField(default=dict)
    per_minute = models.IntegerField(default=60)
    at_once = models.SmallIntegerField(default=4)
    most_attempts = models.SmallIntegerField(default=8)
    secret = models.BinaryField(default=b"")
    secret_before = models.BinaryField(default=b"")
    secret_before_until_ms = models.BigIntegerField(default=0)
    receipt_secret = models.BinaryField(default=b"")
    receipt_before = models.BinaryField(default=b"")
    before_until_ms = models.BigIntegerField(default=0)
    next_ms = models.BigIntegerField(default=0)
    changed_ms = models.BigIntegerField(default=0)

    class Meta:
        db_table = "engine_channel"

    def __str__(self) -> str:
        return self.code


class ChannelChange(models.Model):
    """Who changed a channel, an address or a message's fate, and how; never a secret. Rows are never deleted. A webhook stands
    here as ``webhook:ID``."""

    channel = models.CharField(max_length=80, db_index=True)
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)
    what = models.CharField(max_length=20)
    detail = models.CharField(max_length=400)

    class Meta:
        db_table = "engine_channel_change"

    def __str__(self) -> str:
        return f"{self.channel} {self.what}"


class ChannelBox(models.Model):
    """The e-mail address of a party (``unit:CG``, ``desk``, ``duty_office``): an office's, not a person's."""

    recipient = models.CharField(max_length=80, primary_key=True)
    address = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    at_ms = models.BigIntegerField()

    class Meta:
        db_table = "engine_channel_box"

    def __str__(self) -> str:
        return self.recipient


class Breaker(models.Model):
    """Whether a peer is called at all just now; one row for all processes. ``failures`` in a row, ``opens`` in a row."""

    peer = models.CharField(max_length=120, primary_key=True)
    failures = models.IntegerField(default=0)
    opens = models.IntegerField(default=0)
    open_until_ms = models.BigIntegerField(default=0)
    since_ms = models.BigIntegerField(default=0)
    error = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "engine_breaker"

    def __str__(self) -> str:
        return self.peer


class Message(models.Model):
    """One notice to one person by one means. ``id`` is the peer's idempotency id; ``state`` is the receipt:
    queued, sent, received, read, failed. ``route`` holds the ways that remain should this one fail."""

    id = models.CharField(max_length=32, primary_key=True)
    position = models.BigIntegerField()
    n = models.SmallIntegerField()
    person = models.CharField(max_length=24)
    step = models.SmallIntegerField(default=0)
    turn = models.SmallIntegerField(default=0)
    case_no = models.CharField(max_length=40)
    kind = models.CharField(max_length=24)
    recipient = models.CharField(max_length=80)
    name = models.CharField(max_length=60, default="")
    means = models.CharField(max_length=8)
    channel = models.CharField(max_length=24)
    address = models.CharField(max_length=120, default="")
    text = models.CharField(max_length=400)
    parts = models.SmallIntegerField(default=1)
    urgent = models.BooleanField(default=False)
    route = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="queued")
    attempts = models.SmallIntegerField(default=0)
    created_ms = models.BigIntegerField()
    next_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()
    claimed_until_ms = models.BigIntegerField(default=0)
    sent_ms = models.BigIntegerField(null=True)
    received_ms = models.BigIntegerField(null=True)
    read_ms = models.BigIntegerField(null=True)
    failed_ms = models.BigIntegerField(null=True)
    provider_id = models.CharField(max_length=80, default="")
    error = models.CharField(max_length=200, default="")
    dealt_ms = models.BigIntegerField(null=True)
    dealt_by = models.CharField(max_length=120, default="")
    handed_ms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "engine_message"
        constraints = (
            models.UniqueConstraint(fields=["position", "n", "person", "step", "turn"], name="message_once"),
        )
        indexes = (
            models.Index(fields=["channel", "next_ms"], name="message_queued", condition=Q(state="queued")),
            models.Index(fields=["until_ms"], name="message_until", condition=Q(state="queued")),
            models.Index(fields=["channel", "sent_ms"], name="message_sent", condition=Q(state="sent")),
            models.Index(fields=["case_no"], name="message_case"),
            models.Index(fields=["channel", "provider_id"], name="message_provider"),
            models.Index(
                fields=["failed_ms"], name="message_dead", condition=Q(state="failed", dealt_ms__isnull=True)
            ),
            models.Index(
                fields=["created_ms"], name="message_calls", condition=Q(means="call", dealt_ms__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
