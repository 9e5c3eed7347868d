"""What the pack says of notices that leave the pages: who is told by which means, in which words, when not."""

from __future__ import annotations

from django.db import models

from .base import Cited


class NoticeSetting(Cited):
    """One table of ``channels.toml``: ``what`` is sending, rule or text; ``body`` its keys as JSON, checked when loaded."""

    what = models.CharField("种类", max_length=10)
    body = models.JSONField("内容")

    class Meta:
        verbose_name = "通知设置"

    def __str__(self) -> str:
        return f"{self.what} {self.pk}"
