"""What rows share: days in force and where they come from."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Dated(models.Model):
    """In force from ``valid_from`` until the day before ``valid_to`` (R22)."""

    valid_from = models.DateField("生效日")
    valid_to = models.DateField("失效日", null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="%(app_label)s_%(class)s_dates",
            )
        ]


class Cited(models.Model):
    """Where a row comes from: a source (28号文, default, [M], demonstration) and its clause."""

    source = models.CharField("出处", max_length=200, blank=True)
    clause = models.CharField("条款", max_length=300, blank=True)

    class Meta:
        abstract = True


class Pair(models.Model):
    """One responsible person and one liaison (R48, R59); empty: vacant, a gap that the pages show."""

    responsible = models.CharField("负责人", max_length=60, blank=True)
    responsible_phone = models.CharField("负责人电话", max_length=30, blank=True)
    liaison = models.CharField("联络员", max_length=60, blank=True)
    liaison_phone = models.CharField("联络员电话", max_length=30, blank=True)

    class Meta:
        abstract = True
