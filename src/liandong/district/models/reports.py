"""What the pack says of each kind of report: titles, issuer, who gets it, when it is drawn up, what stands in it."""

from __future__ import annotations

from django.db import models

from .base import Cited


class ReportSetting(Cited):
    """One kind of report; ``body`` is its row of ``reports.toml`` as JSON, checked when it was loaded."""

    kind = models.CharField("报告种类", max_length=12, unique=True)
    body = models.JSONField("内容")

    class Meta:
        verbose_name = "报告设置"

    def __str__(self) -> str:
        return self.kind
