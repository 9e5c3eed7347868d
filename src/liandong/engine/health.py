"""Does it keep up? Database, clock, deliveries, calendar: what readyz and doctor say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection

from liandong.district import policy as district_policy

from . import breaker, clock, deliveries, routing, webhook_letters
from .channels import dead
from .exchange import standing
from .instants import now as present
from .instants import to_ms
from .intake import standing as intake
from .models import Channel, Heartbeat

SILENCE_MS = 60_000
"""A worker is thought dead when it gave no sign of life for so long."""
LATE_MS = 120_000
"""The clock, or the notices, do not keep up when the oldest is later than this."""
CALENDAR_DAYS = 60


def report(now: datetime | None = None) -> dict[str, Any]:
    """{"status": ready|unready, "checks": {name: {"ok", "detail", …}}}; a warning alone leaves it ready."""
    instant = now or present()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        checks = {
            "database": {"ok": True, "detail": "可用"},
            "worker": _worker(to_ms(instant)),
            "clock": _clock(instant),
            "deliveries": _deliveries(instant),
            "channels": _channels(),
            "calendar": _calendar(instant),
            "routing": _routing(),
            **_exchange(),
            **_intake(),
        }
    except DatabaseError:
        checks = {"database": {"ok": False, "detail": "数据库不可用，请检查数据库服务与连接设置。"}}
    ready = all(check["ok"] for check in checks.values())
    return {"status": "ready" if ready else "unready", "checks": checks}


def _worker(instant: int) -> dict[str, Any]:
    last = Heartbeat.objects.order_by("-at_ms").first()
    if last is None or instant - last.at_ms > SILENCE_MS:
        return {"ok": False, "detail": "没有运行中的 worker，请启动 liandong worker 或 liandong serve。"}
    return {"ok": True, "detail": last.error or "运行中", "silent_ms": max(0, instant - last.at_ms)}


def _clock(instant: datetime) -> dict[str, Any]:
    due, late = clock.waiting(instant)
    ok = late <= LATE_MS
    detail = "跟得上" if ok else "到期时钟处理滞后，请检查 worker 的日志。"
    return {"ok": ok, "detail": detail, "due": due, "late_ms": late}


def _deliveries(instant: datetime) -> dict[str, Any]:
    backlog = deliveries.backlog(instant)
    ok = backlog["late_ms"] <= LATE_MS
    shut = webhook_letters.shut()
    troubles = [
        *(() if ok else ("通知积压，请检查 worker 的日志。",)),
        *((f"{shut} 个回调的接收方连续失败，已暂停，请到 /district/webhooks 看原因。",) if shut else ()),
        *(
            (f"{backlog['dead']} 次回调推送已放弃，请到 /district/webhooks 重发或写明理由不再发。",)
            if backlog["dead"]
            else ()
        ),
    ]
    return {
        "ok": ok,
        "warn": bool(troubles),
        "detail": "".join(troubles) or "跟得上",
        "shut": shut,
        **backlog,
    }


def _channels() -> dict[str, Any]:
    """Channels to people: a warning, because notices stand in the pages all the same."""
    names = set(Channel.objects.filter(active=True).values_list("code", flat=True))
    shut, letters = len(names & breaker.shut().keys()), dead.count()
    troubles = [
        *((f"{shut} 个渠道连续失败，已暂停，请到 /district/channels 看原因。",) if shut else ()),
        *(
            (f"{letters} 条通知没有送达，请到 /district/channels/dead 重发或写明理由不再发。",)
            if letters
            else ()
        ),
    ]
    return {
        "ok": True,
        "warn": bool(troubles),
        "detail": "".join(troubles) or "正常",
        "shut": shut,
        "dead": letters,
    }


def _routing() -> dict[str, Any]:
    why = routing.trouble()
    if why is None:
        return {"ok": True, "detail": "可用"}
    return {"ok": False, "detail": f"分流数据读不出，来电未经机器筛查，请修正数据包的 routing 目录：{why}"}


def _exchange() -> dict[str, dict[str, Any]]:
    """The other network's instance: a warning, because work goes on while the way is closed; unready on the wrong side."""
    found = standing.standing()
    if found is None:
        return {}
    detail = "；".join(found.troubles) or "跟得上"
    return {
        "exchange": {
            "ok": not found.wrong_side, "warn": bool(found.troubles), "detail": detail, "unacknowledged": found.unacknowledged,
            "quarantined": found.quarantined, "contradictions": found.contradictions,
        }
    }  # fmt: skip


def _intake() -> dict[str, dict[str, Any]]:
    """Messages of other systems: a warning, because a source that is away or a misfit stops nothing here."""
    troubles = intake.troubles()
    if troubles is None:
        return {}
    return {"intake": {"ok": True, "warn": bool(troubles), "detail": "；".join(troubles) or "跟得上"}}


def _calendar(instant: datetime) -> dict[str, Any]:
    """Warns 60 days before the known holiday tables end; never makes the service unready (execute goes on)."""
    until = district_policy.current().calendar.known_until
    left = (until - instant.date()).days
    detail = (
        "已装入"
        if left > CALENDAR_DAYS
        else f"节假日表只到 {until}，请装入下一年度（liandong calendar load）。"
    )
    return {"ok": True, "warn": left <= CALENDAR_DAYS, "detail": detail, "known_until": until.isoformat()}
