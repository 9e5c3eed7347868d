"""Texts that are written again and again: templates with placeholders and days in force."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .base import Cited, Dated


class TextTemplate(Dated, Cited):
    """One wording of a template; a changed wording is a new row from a later day."""

    code = models.CharField("代码", max_length=40, db_index=True)
    name = models.CharField("名称", max_length=60)
    command = models.CharField("用于", max_length=40)
    unit = models.CharField("单位", max_length=40, blank=True)
    text = models.TextField("正文")
    owner = models.CharField("责任单位", max_length=40)
    changed_by = models.CharField("修改人", max_length=60, blank=True)

    class Meta(Dated.Meta):
        verbose_name = "文本模板"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(fields=["code", "valid_from"], name="district_text_code_from"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from}"
