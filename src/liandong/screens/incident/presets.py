"""Presets of units: one press chooses all departments, all townships, those already taking part (R8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from liandong.screens.common.forms import unit_table


class Preset(NamedTuple):
    """A choice of many units by one press."""

    name: str
    codes: str
    number: int


def presets(now: datetime, taking_part: Sequence[str]) -> list[Preset]:
    """The presets in the order of the page; none that would choose nobody."""
    codes = list(unit_table(now))
    towns = [code for code in codes if code.startswith(("JZ-", "YQ-"))]
    companies = [code for code in codes if code.startswith("U-")]
    departments = [
        code for code in codes if code not in towns and code not in companies and not code.startswith("QT-")
    ]
    rescue = [code for code in ("WJ", "AJ", "JT", "CG", "MZ", "U-W", "U-E", "U-G") if code in codes]
    groups = (
        (_("已参与的"), [code for code in taking_part if code in codes]),
        (_("全部单位"), codes),
        (_("各部门"), departments),
        (_("各街镇、园区"), towns),
        (_("水电气公司"), companies),
        (_("卫生计生（医疗机构）"), [code for code in ("WJ",) if code in codes]),
        (_("抢险救援常用"), rescue),
    )
    return [Preset(name, " ".join(chosen), len(chosen)) for name, chosen in groups if chosen]
