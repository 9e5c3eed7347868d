"""Tables of the intake: which messages of other systems were seen, and how far each source was read."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class IntakeMessage(models.Model):
    """One message of another system. ``state``: applied, held (it came before its create; ``sealed`` keeps it), aside.

    Nothing of what it says is kept once it is applied: the digest tells a repetition from a number used twice.
    """

    id = models.BigAutoField(primary_key=True)
    channel = models.CharField(max_length=40)
    message = models.CharField(max_length=130)
    ref = models.CharField(max_length=200)
    mapping = models.CharField(max_length=40)
    action = models.CharField(max_length=10)
    digest = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    case_no = models.CharField(max_length=40, default="")
    at_ms = models.BigIntegerField()
    received_ms = models.BigIntegerField()
    sealed = models.BinaryField(default=b"")

    class Meta:
        db_table = "engine_intake_message"
        constraints = (models.UniqueConstraint(fields=["channel", "message"], name="intake_once"),)
        indexes = (
            models.Index(fields=["channel", "ref"], name="intake_held", condition=Q(state="held")),
            models.Index(fields=["received_ms"], name="intake_held_since", condition=Q(state="held")),
            models.Index(fields=["mapping", "id"], name="intake_latest"),
        )

    def __str__(self) -> str:
        return f"{self.channel} {self.message} {self.state}"


class IntakeCursor(models.Model):
    """How far one source was read (``view:NAME``) or the log was reported back (``out:NAME``), and how it fares."""

    name = models.CharField(max_length=60, primary_key=True)
    mark = models.CharField(max_length=400, default="")
    read_ms = models.BigIntegerField(default=0)
    failures = models.IntegerField(default=0)
    next_ms = models.BigIntegerField(default=0)
    error = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "engine_intake_cursor"

    def __str__(self) -> str:
        return f"{self.name} {self.mark}"
