"""The parts of district administration, as the line of links above each page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from liandong.screens.common.access import CASES, DESK, DISTRICT, DUTY, SHIFTS, UNIT

STRUCTURE = ("sysadmin", "auditor")
"""Who sees how the district is made up; only the first changes it."""
CHANGES = ("sysadmin",)
DEAD = ("sysadmin", "desk_lead", *DUTY)
"""Who sees and sends again what did not arrive."""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of district administration."""

    url: str
    name: Any
    roles: tuple[str, ...]


SECTIONS = (
    Section("/district/", _("概况"), DISTRICT),
    Section("/district/units", _("单位与人员"), STRUCTURE),
    Section("/district/duties", _("职责目录"), STRUCTURE),
    Section("/district/rules", _("裁量表"), STRUCTURE),
    Section("/district/calendars", _("日历"), STRUCTURE),
    Section("/district/limits", _("时限"), STRUCTURE),
    Section("/district/shift", _("交接班"), SHIFTS),
    Section("/district/rosters", _("值班表"), (*SHIFTS, "sysadmin", "inspector")),
    Section("/district/knowledge", _("知识库"), (*CASES, "sysadmin")),
    Section("/district/texts", _("模板"), (*CASES, "sysadmin")),
    Section("/district/accounts", _("账号与角色"), DISTRICT),
    Section("/district/training", _("培训"), (*DISTRICT, "inspector")),
    Section("/district/exchange", _("两网交换"), DISTRICT),
    Section("/district/intake", _("外部接入"), (*DISTRICT, "desk_lead")),
    Section("/district/channels", _("通知渠道"), DISTRICT),
    Section("/district/channels/calls", _("电话名单"), (*DESK, *DUTY)),
    Section("/district/channels/dead", _("未送达"), DEAD),
    Section("/district/channels/preview", _("通知预览"), (*DESK, *DUTY, "sysadmin")),
    Section("/district/webhooks", _("回调"), DISTRICT),
    Section("/district/own", _("本单位联系人"), UNIT),
    Section("/district/changes", _("变更记录"), DISTRICT),
)


def seen_by(role: str, here: str) -> list[dict[str, Any]]:
    """The parts this role sees; ``here`` is the part that is open."""
    return [
        {"url": one.url, "name": one.name, "here": one.url == here} for one in SECTIONS if role in one.roles
    ]
