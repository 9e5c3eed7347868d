"""How the exchange stands: what waits, what is missing, the last receipt, what was set aside; for page, doctor, readyz."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from liandong.casework import history, orders, replica, sides
from liandong.casework.jsontext import parse
from liandong.engine.instants import now_ms
from liandong.engine.models import ExchangeQuarantine, ExchangeReceived, ExchangeSelf, ExchangeSent

from . import identity, incoming, places, quarantine

SILENT_MS: Final = int(timedelta(minutes=10).total_seconds() * 1000)
"""No receipt for so long: the way is not open."""
SHOWN: Final = 100


@dataclass(slots=True)
class Standing:
    """The exchange as it stands; ``fault`` where it cannot work at all."""

    side: str
    fault: str = ""
    wrong_side: bool = False
    name: str = ""
    peer: str = ""
    fingerprint: str = ""
    out_folder: str = ""
    in_folder: str = ""
    sent: int = 0
    acknowledged: int = 0
    unacknowledged: int = 0
    oldest_ms: int | None = None
    behind: int = 0
    applied: int = 0
    applied_ms: int | None = None
    waiting_files: list[str] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    missing_there: list[int] = field(default_factory=list)
    receipt_ms: int | None = None
    orders_out: int = 0
    orders_in: int = 0
    contradictions: int = 0
    quarantined: int = 0
    troubles: list[str] = field(default_factory=list)


def standing() -> Standing | None:
    """How it stands; None where there is only one instance. A store that was prepared for one side and is served as
    another, or as both, would change cases that are not its own: ``wrong_side``."""
    known = ExchangeSelf.objects.filter(id=1).values_list("side", flat=True).first()
    if not sides.divided() and known is None:
        return None
    made = Standing(
        sides.here(),
        wrong_side=known not in (None, sides.here()),
        out_folder=str(places.out_folder() or ""),
        in_folder=str(places.in_folder() or ""),
    )
    try:
        us = identity.ourselves()
        made.name, made.fingerprint = us.name, identity.card().fingerprint
        made.peer = identity.peer().name
    except identity.Unfit as unfit:
        made.fault = str(unfit)
        made.troubles.append(made.fault)
        return made
    _ours(made, us)
    _theirs(made, us)
    waiting = orders.counts()
    made.orders_out, made.orders_in = waiting[orders.OUT], waiting[orders.IN]
    made.contradictions = replica.contradictions()
    made.quarantined = ExchangeQuarantine.objects.filter(state="open").count()
    made.troubles = list(_troubles(made, us))
    return made


def _ours(made: Standing, us: ExchangeSelf) -> None:
    last = ExchangeSent.objects.order_by("-number").first()
    made.sent = last.number if last else 0
    made.acknowledged = us.acknowledged
    waiting = ExchangeSent.objects.filter(acknowledged_ms__isnull=True)
    made.unacknowledged = waiting.count()
    made.oldest_ms = waiting.order_by("number").values_list("made_ms", flat=True).first()
    made.behind = max(0, history.tail_position() - us.exported)
    made.receipt_ms = us.receipt_in_ms
    made.missing_there = parse(us.receipt_in_body)["missing"][:SHOWN] if us.receipt_in_body else []


def _theirs(made: Standing, us: ExchangeSelf) -> None:
    made.applied = us.applied
    made.applied_ms = (
        ExchangeReceived.objects.filter(number=us.applied).values_list("done_ms", flat=True).first()
    )
    here = [name for name in incoming.waiting_names() if int(name[:10]) > us.applied]
    made.waiting_files = here[:SHOWN]
    numbers = {int(name[:10]) for name in here}
    ahead = max(numbers, default=us.applied)
    made.missing = [n for n in range(us.applied + 1, min(ahead, us.applied + 5_000) + 1) if n not in numbers][
        :SHOWN
    ]


def _troubles(made: Standing, us: ExchangeSelf) -> Any:
    if us.trouble:
        yield us.trouble
    if not made.out_folder or not made.in_folder:
        yield "没有设置交换目录：请设 LIANDONG_EXCHANGE_OUT 与 LIANDONG_EXCHANGE_IN"
    before = now_ms() - SILENT_MS
    if (made.receipt_ms or 0) < before and made.oldest_ms is not None and made.oldest_ms < before:
        yield f"对侧超过 {SILENT_MS // 60_000} 分钟没有回执，{made.unacknowledged} 个文件等待确认：请检查摆渡通道和对侧的后台进程"
    if made.missing:
        yield f"缺第 {'、'.join(map(str, made.missing[:5]))} 个文件，后面的在等它：对侧见到回执会自动重发"
    if made.quarantined:
        yield f"有 {made.quarantined} 个文件被隔离：请在“两网交换”页查看原因"
    if made.contradictions:
        yield f"对侧送来的 {made.contradictions} 个事件与本库矛盾（分叉），没有采用：请与对侧核对，见 liandong check"


def quarantined(limit: int = SHOWN) -> list[ExchangeQuarantine]:
    """What was set aside and waits for a person, the newest first."""
    return list(ExchangeQuarantine.objects.filter(state="open").order_by("-at_ms")[:limit])


def remedy(reason: str) -> str:
    """What a person does about a file that was set aside for that reason."""
    return quarantine.REASONS.get(reason, reason)
