"""The engine's tables: what was told to whom, where it still has to go, and who is alive.

None of them is part of a case: a case can be derived from its events without them. Instants are milliseconds.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Notification(models.Model):
    """A notice in somebody's in-page inbox. ``recipient`` is unit:CODE, unit:CODE:responsible, desk, duty_office,
    police or caller; the moment it is first read is the receipt that R4 asks for."""

    pk = models.CompositePrimaryKey("position", "n")
    position = models.BigIntegerField()
    n = models.SmallIntegerField()
    case_no = models.CharField(max_length=40)
    at_ms = models.BigIntegerField()
    delivered_ms = models.BigIntegerField()
    recipient = models.CharField(max_length=80)
    kind = models.CharField(max_length=24)
    read_ms = models.BigIntegerField(null=True)
    read_by = models.CharField(max_length=120, default="")
    acknowledged_ms = models.BigIntegerField(null=True)
    acknowledged_by = models.CharField(max_length=120, default="")

    class Meta:
        db_table = "engine_notification"
        indexes = (
            models.Index(fields=["recipient", "position", "n"], name="notification_inbox"),
            models.Index(
                fields=["recipient", "position"],
                name="notification_unread",
                condition=Q(read_ms__isnull=True),
            ),
            models.Index(fields=["case_no"], name="notification_case"),
        )

    def __str__(self) -> str:
        return f"{self.recipient} {self.kind} {self.case_no}"


class Webhook(models.Model):
    """An address an account wants told of every event it may see. ``cursor`` is how far the log was read for it."""

    id = models.CharField(max_length=32, primary_key=True)
    account = models.CharField(max_length=150, db_index=True)
    role = models.CharField(max_length=24)
    unit = models.CharField(max_length=40, default="")
    scopes = models.CharField(max_length=200, default="")
    url = models.CharField(max_length=500)
    secret = models.BinaryField()
    created_ms = models.BigIntegerField()
    cursor = models.CharField(max_length=200, default="")
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "engine_webhook"

    def __str__(self) -> str:
        return self.id


class WebhookDelivery(models.Model):
    """One event for one webhook. ``state``: pending, done, dead. ``id`` is the receiver's idempotency id."""

    id = models.CharField(max_length=32, primary_key=True)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    cursor = models.CharField(max_length=200)
    case_no = models.CharField(max_length=40)
    type = models.CharField(max_length=40)
    body = models.BinaryField()
    created_ms = models.BigIntegerField()
    state = models.CharField(max_length=10, default="pending")
    attempts = models.SmallIntegerField(default=0)
    next_ms = models.BigIntegerField()
    claimed_until_ms = models.BigIntegerField(default=0)
    done_ms = models.BigIntegerField(null=True)
    status = models.SmallIntegerField(null=True)
    error = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "engine_webhook_delivery"
        constraints = (models.UniqueConstraint(fields=["webhook", "cursor"], name="delivery_once"),)
        indexes = (
            models.Index(fields=["next_ms"], name="delivery_pending", condition=Q(state="pending")),
            models.Index(fields=["webhook", "created_ms"], name="delivery_of_webhook"),
        )

    def __str__(self) -> str:
        return f"{self.id} {self.state}"


class Attachment(models.Model):
    """A file belonging to one case; the bytes lie under MEDIA_ROOT by their digest."""

    id = models.CharField(max_length=32, primary_key=True)
    case_no = models.CharField(max_length=40, db_index=True)
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    name = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    at_ms = models.BigIntegerField()

    class Meta:
        db_table = "engine_attachment"
        indexes = (models.Index(fields=["digest"], name="attachment_digest"),)

    def __str__(self) -> str:
        return self.id


class StreamTicket(models.Model):
    """A ticket that opens one stream once; only its hash is kept."""

    hash = models.CharField(max_length=64, primary_key=True)
    account = models.CharField(max_length=150)
    role = models.CharField(max_length=24)
    unit = models.CharField(max_length=40, default="")
    scopes = models.CharField(max_length=200, default="")
    expires_ms = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "engine_stream_ticket"

    def __str__(self) -> str:
        return self.account


class Heartbeat(models.Model):
    """The last sign of life of one worker; readyz fails when the freshest is old."""

    worker = models.CharField(max_length=80, primary_key=True)
    at_ms = models.BigIntegerField(db_index=True)
    started_ms = models.BigIntegerField()
    clocks = models.BigIntegerField(default=0)
    deliveries = models.BigIntegerField(default=0)
    failures = models.BigIntegerField(default=0)
    error = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "engine_heartbeat"

    def __str__(self) -> str:
        return self.worker
