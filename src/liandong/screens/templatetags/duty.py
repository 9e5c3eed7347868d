"""Tags of the duty office's pages: clocks that count down before everybody's eyes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from liandong.screens.common import times

register = template.Library()


def digits(left: timedelta) -> str:
    """What is left as a clock shows it, without a sign: 08:21, 1:05:00; nothing from a day on, where words suffice."""
    seconds = int(abs(left).total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    if hours >= 24:
        return ""
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


@register.inclusion_tag("duty/countdown.html", takes_context=True)
def countdown(context: dict[str, Any], clock: dict[str, Any] | None, big: bool = False) -> dict[str, Any]:
    """A clock of the contract's view, ticking in the browser from its due instant; stopped ones stand still."""
    if not clock:
        return {"clock": None}
    now: datetime = context.get("now") or timezone.now()
    due = times.to_instant(clock.get("due_at"))
    found = times.standing(clock, now)
    runs = due is not None and not clock.get("stopped_at") and not clock.get("paused")
    return {
        "clock": clock,
        "big": big,
        "runs": runs,
        "due": int(due.timestamp() * 1000) if due and runs else "",
        "exact": times.exact(due),
        "digits": digits(due - now) if due and runs else "",
        "late": runs and due is not None and due < now,
        "standing": found,
        "stopped_at": clock.get("stopped_at"),
        "now": now,
    }


@register.simple_tag
def clock_words() -> str:
    """The words in which the browser says a ticking clock, so that no script carries any language."""
    return json.dumps(
        {
            "left": _("还剩 {time}"),
            "late": _("已超期 {time}"),
            "days": _("{n}天"),
            "hours": _("{n}小时"),
            "minutes": _("{n}分钟"),
            "less": _("不到1分钟"),
            "stale": _("数据停在 {time}，正在重新连接……"),
        },
        ensure_ascii=False,
    )


@register.simple_tag(takes_context=True)
def epoch(context: dict[str, Any]) -> int:
    """The server's instant of this page in milliseconds: a browser's own clock may be wrong."""
    now: datetime = context.get("now") or timezone.now()
    return int(now.timestamp() * 1000)
