"""What the pages of figures need of a district: the schematic map and the settings of the figures."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from .base import Cited


class MapTile(models.Model):
    """The place of a township on the schematic map: rows from north to south, columns from west to east."""

    township = models.CharField("街镇代码", max_length=12, unique=True)
    row = models.PositiveSmallIntegerField("行")
    column = models.PositiveSmallIntegerField("列")
    source = models.CharField("出处", max_length=200)

    class Meta:
        verbose_name = "示意图位置"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["row", "column"], name="district_tile_place")
        ]

    def __str__(self) -> str:
        return f"{self.township} ({self.row}, {self.column})"


class FigureSetting(Cited):
    """A number that figures are judged by, such as the fewest cases behind a rate."""

    key = models.CharField("名称", max_length=40, unique=True)
    value = models.PositiveIntegerField("值")

    class Meta:
        verbose_name = "统计设置"

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
