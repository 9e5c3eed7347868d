"""The tables of the reports that were drawn up. A kept report never changes: its files are made of its text again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class KeptReport(models.Model):
    """One report: ``body`` is its canonical JSON, ``digest`` the SHA-256 of that, ``setting`` the digest of the definition,
    ``snapshot`` the state of the store. ``scheduled``: drawn up by the clock, then one for each period."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=12)
    period = models.CharField(max_length=24)
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    made_ms = models.BigIntegerField()
    made_by = models.CharField(max_length=120)
    scheduled = models.BooleanField()
    title = models.CharField(max_length=300)
    empty = models.BooleanField()
    running = models.BooleanField()
    body = models.TextField()
    digest = models.CharField(max_length=64)
    setting = models.CharField(max_length=16)
    snapshot = models.CharField(max_length=80)

    class Meta:
        db_table = "engine_report"
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "period"], name="report_scheduled", condition=Q(scheduled=True)
            ),
        )
        indexes = (models.Index(fields=["kind", "end_ms", "id"], name="report_kind"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"


class ReportRecipient(models.Model):
    """Whom a report goes to: a role, ``unit`` for every unit, or ``unit:CODE``."""

    pk = models.CompositePrimaryKey("report_id", "recipient")
    report_id = models.BigIntegerField()
    recipient = models.CharField(max_length=60)

    class Meta:
        db_table = "engine_report_recipient"
        indexes = (models.Index(fields=["recipient", "report_id"], name="report_recipient"),)

    def __str__(self) -> str:
        return f"{self.report_id} {self.recipient}"


class ReportReceipt(models.Model):
    """Who opened or took away a report, when first and when last (R69). ``what``: open, xlsx, docx, pdf, json."""

    pk = models.CompositePrimaryKey("report_id", "by", "what")
    report_id = models.BigIntegerField()
    by = models.CharField(max_length=120)
    what = models.CharField(max_length=8)
    first_ms = models.BigIntegerField()
    last_ms = models.BigIntegerField()
    times = models.IntegerField()

    class Meta:
        db_table = "engine_report_receipt"

    def __str__(self) -> str:
        return f"{self.report_id} {self.what} {self.by}"
