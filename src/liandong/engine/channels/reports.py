"""Status reports of a modem: fetched while texts are under way, and counted part by part.

``provider_id`` of a message holds the modem's reference of each part; one that arrived bears a "+" (``17+ 18``). A text is
received when all of its parts are, and failed as soon as one is lost for good.
"""

from __future__ import annotations

import logging

import serial
from django.db import connection, transaction
from django.db.models import QuerySet

from liandong.engine.instants import now_ms
from liandong.engine.models import Channel, Message

from . import receipts, store
from .kinds import KINDS
from .modem import Refusal, Silent
from .pdu import Report, number

log = logging.getLogger("liandong.channels")
EVERY_MS = 30_000
"""So often a modem is asked while it owes reports."""
OWED_MS = 3 * 24 * 3600 * 1000
"""For so long a text may be under way; a reference of one octet comes again after 256 texts."""
_asked: dict[str, int] = {}


def due(instant: int) -> list[str]:
    """The channels to be asked now: active, able to, with a text under way."""
    able = [kind.code for kind in KINDS.values() if kind.collect]
    codes = Channel.objects.filter(active=True, kind__in=able).order_by("code").values_list("code", flat=True)
    return [
        code
        for code in codes
        if instant - _asked.get(code, 0) >= EVERY_MS and _under_way(code, instant).exists()
    ]


def run(code: str) -> int:
    """Ask one channel for its reports; how many it had. A modem that does not answer is asked again later."""
    channel = Channel.objects.filter(code=code, active=True).first()
    fetch = KINDS[channel.kind].collect if channel and channel.kind in KINDS else None
    if channel is None or fetch is None:
        return 0
    _asked[code] = now_ms()
    try:
        return fetch(store.way(channel), lambda report: heard(code, report))
    except (Silent, Refusal, serial.SerialException, OSError) as error:
        log.warning("channel %s: no status reports: %s", code, error)
        return 0


def heard(code: str, report: Report) -> None:
    """Enter one report. One that is known already, or about no text under way, changes nothing and leaves a trace."""
    lost = 0x40 <= report.status < 0x80  # the service centre has given up, by a lasting or a passing error
    with transaction.atomic():
        row = _message(code, report)
        if row is None:
            log.info("channel %s: status report %d about no text under way", code, report.reference)
        elif lost:
            receipts.entered(row, "failed", f"短信中心放弃投递（0x{report.status:02X}）")
        elif report.status == 0:
            mark = str(report.reference)
            parts = [f"{part}+" if part == mark else part for part in row.provider_id.split()]
            Message.objects.filter(id=row.id).update(provider_id=" ".join(parts))
            if all(part.endswith("+") for part in parts):
                receipts.entered(row, "received")
        else:  # still trying, or forwarded without knowing whether it came
            log.info("channel %s: status report %d says 0x%02X", code, report.reference, report.status)


def _under_way(code: str, instant: int) -> QuerySet[Message]:
    return Message.objects.filter(channel=code, state="sent", sent_ms__gte=instant - OWED_MS)


def _message(code: str, report: Report) -> Message | None:
    """The newest text under way to that number with a part of that reference not yet reported."""
    mark, to = str(report.reference), report.to[-11:]  # with or without the country's code
    rows = _under_way(code, now_ms()).filter(provider_id__contains=mark).order_by("-sent_ms")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    mine = (row for row in rows if mark in row.provider_id.split())
    return next((row for row in mine if number(row.address).endswith(to)), None)
