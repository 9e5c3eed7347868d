"""The district itself and what was loaded into it."""

from __future__ import annotations

from django.db import models

from .base import Cited


class District(models.Model):
    """The one district of this database. ``stamp`` is new after every change of any setting."""

    code = models.CharField("区划代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    zone = models.CharField("时区", max_length=40)
    number_prefix = models.CharField("编号前缀", max_length=12)
    version = models.CharField("片区包版本", max_length=20)
    valid_from = models.DateField("生效日")
    hours = models.JSONField("工作时间")
    stamp = models.CharField("设置印记", max_length=32)

    class Meta:
        verbose_name = "片区"

    def __str__(self) -> str:
        return self.name


class PackVersion(models.Model):
    """A change of the settings: what was changed, by whom, when, why, and the content's digest after it.

    ``kept`` names the rows decided here, which a newly loaded pack does not undo; ``undo`` what takes a planned change
    back. Neither they nor ``before`` and ``after`` hold names or numbers of persons.
    """

    version = models.CharField("版本", max_length=20)
    digest = models.CharField("内容摘要", max_length=16)
    stamp = models.CharField("设置印记", max_length=32, blank=True, db_index=True)
    kind = models.CharField("种类", max_length=40, blank=True)
    target = models.CharField("对象", max_length=80, blank=True, db_index=True)
    what = models.CharField("变更", max_length=200)
    reason = models.CharField("理由", max_length=500, blank=True)
    effective_on = models.DateField("生效日", null=True, blank=True)
    before = models.JSONField("之前", default=list, blank=True)
    after = models.JSONField("之后", default=list, blank=True)
    kept = models.JSONField("本库决定的行", default=list, blank=True)
    undo = models.JSONField("撤回办法", default=list, blank=True)
    by = models.CharField("操作人", max_length=60)
    at = models.DateTimeField("时间", auto_now_add=True)
    taken_back_by = models.CharField("撤回人", max_length=60, blank=True)
    taken_back_at = models.DateTimeField("撤回时间", null=True, blank=True)

    class Meta:
        verbose_name = "设置变更"

    def __str__(self) -> str:
        return f"{self.version} {self.what}"


class Reform(Cited):
    """A planned succession (AMB23); a draft that changes nothing."""

    unit = models.CharField("单位", max_length=40)
    successor_names = models.JSONField("承接单位名称", default=list)
    on = models.DateField("日期")
    confirmed = models.BooleanField("已确认", default=False)

    class Meta:
        verbose_name = "机构改革草稿"

    def __str__(self) -> str:
        return self.unit
