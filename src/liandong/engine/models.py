"""The engine's tables: what was told to whom, where it still has to go, who is alive, what was learned.

None of them is part of a case: a case can be derived from its events without them. Instants are milliseconds. Of what
was said in a case nothing is kept here: suggestions are codes and numbers, precedents hashes, a model's file weights.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .channel_rows import Breaker as Breaker
from .channel_rows import Channel as Channel
from .channel_rows import ChannelBox as ChannelBox
from .channel_rows import ChannelChange as ChannelChange
from .channel_rows import Message as Message
from .exchange_rows import ExchangeAttachment as ExchangeAttachment
from .exchange_rows import ExchangeBlob as ExchangeBlob
from .exchange_rows import ExchangeKey as ExchangeKey
from .exchange_rows import ExchangePeer as ExchangePeer
from .exchange_rows import ExchangeQuarantine as ExchangeQuarantine
from .exchange_rows import ExchangeReceived as ExchangeReceived
from .exchange_rows import ExchangeSelf as ExchangeSelf
from .exchange_rows import ExchangeSent as ExchangeSent
from .intake_rows import IntakeCursor as IntakeCursor
from .intake_rows import IntakeMessage as IntakeMessage
from .report_rows import KeptReport as KeptReport
from .report_rows import ReportReceipt as ReportReceipt
from .report_rows import ReportRecipient as ReportRecipient


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
    """An address an account wants told of every event it may see. ``cursor`` is how far the log was read for it,
    ``form`` plain or cloudevents; ``previous_secret`` signs beside the new one until ``previous_until_ms``."""

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
    form = models.CharField(max_length=12, default="plain")
    previous_secret = models.BinaryField(default=b"")
    previous_until_ms = models.BigIntegerField(default=0)

    class Meta:
        db_table = "engine_webhook"

    def __str__(self) -> str:
        return self.id


class WebhookDelivery(models.Model):
    """One event for one webhook. ``state``: pending, done, dead; ``dealt_ms``: a person set the dead one aside. ``id`` is the
    receiver's idempotency id."""

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
    dealt_ms = models.BigIntegerField(null=True)
    dealt_by = models.CharField(max_length=120, default="")

    class Meta:
        db_table = "engine_webhook_delivery"
        constraints = (models.UniqueConstraint(fields=["webhook", "cursor"], name="delivery_once"),)
        indexes = (
            models.Index(
                fields=["webhook", "next_ms"], name="delivery_pending", condition=Q(state="pending")
            ),
            models.Index(
                fields=["webhook", "created_ms"],
                name="delivery_dead",
                condition=Q(state="dead", dealt_ms__isnull=True),
            ),
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


class FollowCursor(models.Model):
    """How far the log was followed for one purpose, by whichever worker; moved with what was done about it."""

    name = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "engine_follow_cursor"

    def __str__(self) -> str:
        return f"{self.name} {self.position}"


class SensitiveCase(models.Model):
    """That a case speaks of a sensitive matter (routing/similar.toml): what spikes are counted from. No text."""

    pk = models.CompositePrimaryKey("case_no", "sensitive")
    case_no = models.CharField(max_length=40)
    sensitive = models.CharField(max_length=40)
    township = models.CharField(max_length=60)
    at_ms = models.BigIntegerField()

    class Meta:
        db_table = "engine_sensitive_case"
        indexes = (models.Index(fields=["sensitive", "township", "at_ms"], name="sensitive_window"),)

    def __str__(self) -> str:
        return f"{self.sensitive} {self.case_no}"


class Spike(models.Model):
    """A sensitive matter that grew beyond its usual level in one township, told once to the duty office.

    ``case_no`` is the case that made it one; ``count`` and ``last_ms`` go on while further cases come.
    """

    id = models.BigAutoField(primary_key=True)
    sensitive = models.CharField(max_length=40)
    township = models.CharField(max_length=60)
    position = models.BigIntegerField()
    case_no = models.CharField(max_length=40)
    raised_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    count = models.IntegerField()
    usual = models.FloatField()

    class Meta:
        db_table = "engine_spike"
        constraints = (models.UniqueConstraint(fields=["position", "sensitive"], name="spike_once"),)
        indexes = (
            models.Index(fields=["sensitive", "township", "last_ms"], name="spike_latest"),
            models.Index(fields=["raised_ms"], name="spike_raised"),
        )

    def __str__(self) -> str:
        return f"{self.sensitive} {self.township} {self.count}"


class Suggested(models.Model):
    """What the engine said of a case when its text came in, with the model that said it.

    ``units`` are the best units with their scores; ``flagged``, ``kept`` and ``asked`` what the screen found.
    """

    case_no = models.CharField(max_length=40, primary_key=True)
    position = models.BigIntegerField()
    at_ms = models.BigIntegerField()
    model = models.CharField(max_length=40, db_index=True)
    unit = models.CharField(max_length=40)
    matter = models.CharField(max_length=40)
    confidence = models.FloatField()
    auto = models.BooleanField()
    flagged = models.BooleanField()
    kept = models.BooleanField()
    asked = models.BooleanField()
    units = models.JSONField(default=list)

    class Meta:
        db_table = "engine_suggested"

    def __str__(self) -> str:
        return f"{self.case_no} {self.unit}"


class PrecedentRow(models.Model):
    """One ruling (R30) as like cases find it: the unit designated and hashes of the case's features."""

    position = models.BigIntegerField(primary_key=True)
    case_no = models.CharField(max_length=40, db_index=True)
    at_ms = models.BigIntegerField()
    unit = models.CharField(max_length=40)
    matter = models.CharField(max_length=40)
    hashes = models.BinaryField()

    class Meta:
        db_table = "engine_precedent"

    def __str__(self) -> str:
        return f"{self.case_no} {self.unit}"


class LearnedModel(models.Model):
    """One trained model: what made it, what it measured on cases held back from it, and what became of it.

    ``state``: active (serves), retired (served once), rejected (was no better than the one that served). ``cases`` are
    the numbers it learned from (compressed), ``data`` the digest over their ids and labels, ``file`` the SHA-256 of the
    weights under LIANDONG_HOME/models.
    """

    version = models.CharField(max_length=40, primary_key=True)
    made_ms = models.BigIntegerField(db_index=True)
    by = models.CharField(max_length=120)
    state = models.CharField(max_length=10)
    file = models.CharField(max_length=64)
    data = models.CharField(max_length=64)
    phrasebook = models.CharField(max_length=64)
    case_count = models.IntegerField()
    cases = models.BinaryField()
    measures = models.JSONField(default=dict)
    reason = models.CharField(max_length=300)

    class Meta:
        db_table = "engine_learned_model"

    def __str__(self) -> str:
        return f"{self.version} {self.state}"


class Automation(models.Model):
    """What the district wants of suggestions that go by themselves: the precision, who set it, and the confidence from
    which on it was reached. ``basis``: the district's own closed cases, or the model's own unseen texts."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    precision = models.FloatField(default=0.95)
    threshold = models.FloatField(null=True)
    basis = models.CharField(max_length=20, default="model")
    outcomes = models.IntegerField(default=0)
    changed_ms = models.BigIntegerField(default=0)
    changed_by = models.CharField(max_length=120, default="")

    class Meta:
        db_table = "engine_automation"

    def __str__(self) -> str:
        return f"{self.precision:.2f} from {self.threshold}"


class PaperNumber(models.Model):
    """That a paper was given a file number (``what`` issued), or that the number became void (``what`` void), by whom and
    why. ``subject`` names the paper: the same paper keeps its number. Rows are never changed."""

    pk = models.CompositePrimaryKey("word", "year", "serial", "what")
    word = models.CharField(max_length=40)
    year = models.IntegerField()
    serial = models.IntegerField()
    what = models.CharField(max_length=6)
    number = models.CharField(max_length=80)
    subject = models.CharField(max_length=400)
    title = models.CharField(max_length=300)
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=300)

    class Meta:
        db_table = "engine_paper_number"
        indexes = (
            models.Index(fields=["subject"], name="paper_subject"),
            models.Index(fields=["number"], name="paper_number"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.what}"
