"""Frozen evaluations: what was published can be counted again from its own rows, years later, and shows any tampering.

A snapshot keeps numbers, the exact rows behind each of them, definitions, settings, policy and the place in the log. A
case that changes afterwards changes no snapshot. What was excluded later makes a revision out of the stored rows, which
names its predecessor; nothing is ever overwritten.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from liandong.district.measuring import Measuring
from liandong.district.measuring import current as measures
from liandong.district.policy import current as policy_now
from liandong.rules.model import Actor
from liandong.rules.periods import Period

from .. import crypto, rows
from ..check import one_view
from ..history import tail_position
from ..jsontext import canonical, to_ms
from . import frozen
from .counting import Outside, judge
from .definitions import METRICS
from .exclusions import DECIDE, excluded
from .scope import refused, scope_of
from .snapshot import GROUPED, Snapshot

KINDS = ("monthly", "quarterly", "yearly")
"""Periods that are published."""
_COLUMNS = (
    "id, kind, name, start_ms, end_ms, revision, predecessor, reason, at_ms, by, policy, definitions, position, "
    "settings, results, hash, algo"
)


def definitions() -> str:
    """A digest of what the metrics mean: equal digests were counted alike."""
    told = [[*metric[:9], *(str(part) for part in metric[9:])] for metric in METRICS.values()]
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def freeze(period: Period, actor: Actor, now: datetime, *, outside: Outside | None = None) -> Snapshot:
    """Freeze a period that has ended. Raises Refused: another role, a period that is not published, one that still runs or
    has not begun, one without any case, one that is frozen already."""
    _allowed(actor)
    if period.kind not in KINDS:
        raise refused("bad_value", "R65", "只冻结月、季、年的考评；其他时段请直接查看", "period")
    if now < period.start:
        raise refused("wrong_state", "R65", f"{period.label}还没有开始，不能冻结将来的考评", "period")
    if now < period.end:
        raise refused("wrong_state", "R65", f"{period.label}还没有结束，数字是初步的；结束后再冻结", "period")
    known = latest(period)
    if known is not None:
        raise refused(
            "wrong_state", "R65", f"{period.label}已经冻结（{known.id}）；改动须经剔除，形成修订", "period"
        )
    policy, measuring = policy_now(), measures()
    with one_view():
        scope = scope_of(period, measuring, policy, now)
        found = {kind.name: frozen.gather(kind, scope, policy) for kind in frozen.KINDS}
        position = tail_position()
    if not any(found.values()):
        raise refused("no_data", "R57", f"{period.label}没有数据：没有可以考评的件，不冻结", "period")
    facts: dict[str, Any] = {
        "settings": _settings(measuring),
        "policy": policy.id,
        "position": position,
        "outside": outside or {},
    }
    return _store(
        period.kind, period.name, (to_ms(period.start), to_ms(period.end)), found, actor, now, **facts
    )


def revise(id_: str, reason: str, actor: Actor, now: datetime) -> Snapshot:
    """A revision without the rows that were excluded since, counted from the predecessor's own rows. Raises Refused: not the
    latest, nothing excluded, no reason, tampered rows."""
    _allowed(actor)
    before = load(id_)
    if before is None:
        raise refused("not_found", "R65", f"没有编号为 {id_} 的快照", "snapshot")
    if not reason.strip():
        raise refused("missing_field", "R67", "请写明修订理由", "reason")
    if _latest(before.name) != id_:
        raise refused("wrong_state", "R65", f"{id_} 已有修订，请从最新的一版修订", "snapshot")
    faults = verify(id_)
    if faults:
        raise refused("wrong_state", "I5", f"快照与自己的清单不符，不能修订：{faults[0]}", "snapshot")
    out = {(one.no, one.unit) for one in excluded()}
    found = {
        kind: [row for row in lines if not {(row.no, ""), (row.no, row.unit)} & out]
        for kind, lines in before.rows.items()
    }
    if all(len(found[kind]) == len(lines) for kind, lines in before.rows.items()):
        raise refused("wrong_state", "R67", "没有新剔除的件，不必修订", "snapshot")
    outside = {"M23": {key: one["M23"] for key, one in before.tables["unit"].items()}}
    facts: dict[str, Any] = {
        "settings": before.settings,
        "policy": before.policy,
        "position": before.position,
        "outside": outside,
    }
    return _store(
        before.kind, before.name, (before.start_ms, before.end_ms), found, actor, now,
        predecessor=before, reason=reason.strip()[:500], **facts,
    )  # fmt: skip


def load(id_: str) -> Snapshot | None:
    """A snapshot by its id."""
    row = rows.one(f"SELECT {_COLUMNS} FROM casework_snapshot WHERE id = %s", [id_])
    return _read(row) if row else None


def latest(period: Period) -> Snapshot | None:
    """The newest revision of a period's snapshot; None where it was not frozen."""
    id_ = _latest(period.name)
    return load(id_) if id_ else None


def every(limit: int = 200) -> list[Snapshot]:
    """Snapshots, the latest period first and of each the newest revision first."""
    found = rows.ask(
        f"SELECT {_COLUMNS} FROM casework_snapshot ORDER BY end_ms DESC, name, revision DESC LIMIT {int(limit)}"
    )
    return [_read(row) for row in found]


def verify(id_: str) -> list[str]:
    """What is wrong with a snapshot, in words; nothing where its seal holds and its rows give its numbers again."""
    one = load(id_)
    if one is None:
        return [f"没有编号为 {id_} 的快照"]
    stored = rows.ask("SELECT kind, data FROM casework_snapshot_rows WHERE snapshot = %s", [id_])
    digests = {str(kind): _digest(data) for kind, data in stored}
    if crypto.seal_hash_with(one.algo, "", _sealed(asdict(one), digests)) != one.hash:
        return [f"快照 {id_} 的封印与内容不符：数字、清单或设置被改动"]
    try:
        found = one.rows
    except ValueError:
        return [f"快照 {id_} 的清单读不出来：被改动"]
    outside = {"M23": {key: made["M23"] for key, made in one.tables["unit"].items()}}
    if _results(found, one.measuring, one.end_ms, outside) != json.loads(zlib.decompress(one.results)):
        return [f"快照 {id_} 的数字与清单重算的结果不符"]
    return []


def _allowed(actor: Actor) -> None:
    if actor.role not in DECIDE:
        raise refused("wrong_role", "R65", "冻结和修订考评由值班室或督检考评人员办理")


def _store(
    kind: str,
    name: str,
    span: tuple[int, int],
    found: dict[str, list[frozen.Row]],
    actor: Actor,
    now: datetime,
    *,
    settings: str,
    policy: str,
    position: int,
    outside: Outside,
    predecessor: Snapshot | None = None,
    reason: str = "",
) -> Snapshot:
    revision = predecessor.revision + 1 if predecessor else 1
    values: dict[str, Any] = {
        "id": f"KP-{name}-{revision}", "kind": kind, "name": name, "start_ms": span[0], "end_ms": span[1],
        "revision": revision, "predecessor": predecessor.id if predecessor else "", "reason": reason,
        "at_ms": to_ms(now), "by": str(actor), "policy": policy,
        "definitions": predecessor.definitions if predecessor else definitions(), "position": position,
        "settings": settings,
    }  # fmt: skip
    made = Snapshot(**values, results=b"", hash="", algo=crypto.CHAIN)
    results = _results(found, made.measuring, span[1], outside)
    values["results"] = zlib.compress(json.dumps(results, ensure_ascii=False, separators=(",", ":")).encode())
    packed = {kind: frozen.pack(lines) for kind, lines in found.items()}
    digests = {kind: _digest(data) for kind, data in packed.items()}
    values["hash"] = crypto.seal_hash("", _sealed(values, digests))
    values["algo"] = crypto.CHAIN
    marks = ", ".join(["%s"] * 17)
    try:
        with transaction.atomic():
            rows.run(
                f"INSERT INTO casework_snapshot ({_COLUMNS}) VALUES ({marks})",
                [values[column.strip()] for column in _COLUMNS.split(",")],
            )
            for part, data in packed.items():
                rows.run(
                    "INSERT INTO casework_snapshot_rows (snapshot, kind, data) VALUES (%s, %s, %s)",
                    [values["id"], part, data],
                )
    except IntegrityError as error:
        raise refused("wrong_state", "R65", f"{name} 刚刚被别人冻结或修订，请刷新后再看", "period") from error
    return Snapshot(**values)


def _results(found: dict[str, list[frozen.Row]], measuring: Measuring, end_ms: int, outside: Outside) -> Any:
    """Tables as JSON values, counted from rows alone."""
    last = datetime.fromtimestamp(end_ms / 1000 - 1, policy_now().zone).date()
    made = {
        by: {
            key: {code: asdict(one) for code, one in results.items()}
            for key, results in judge(frozen.recount(found, by), by, measuring, last, outside).items()
        }
        for by in GROUPED
    }
    return json.loads(json.dumps(made))


def _sealed(values: Mapping[str, Any], digests: Mapping[str, str]) -> str:
    """What the seal covers: everything but the seal itself."""
    told = {key: value for key, value in values.items() if key not in ("hash", "algo", "results")}
    return canonical({**told, "results": _digest(values["results"]), "rows": dict(digests)})


def _digest(data: bytes) -> str:
    return hashlib.sha256(bytes(data)).hexdigest()


def _settings(measuring: Measuring) -> str:
    def plain(value: Any) -> Any:
        return value.isoformat() if isinstance(value, date) else value

    return canonical(
        {
            "settings": [[plain(part) for part in one] for one in measuring.settings.values()],
            "inhabitants": [[plain(part) for part in one] for one in measuring.inhabitants],
            "fewest": measuring.fewest,
        }
    )


def _latest(name: str) -> str:
    row = rows.one("SELECT id FROM casework_snapshot WHERE name = %s ORDER BY revision DESC LIMIT 1", [name])
    return str(row[0]) if row else ""


def _read(row: tuple[Any, ...]) -> Snapshot:
    values = list(row)
    values[14] = bytes(values[14])
    return Snapshot(*values)


__all__ = [
    "GROUPED",
    "KINDS",
    "Snapshot",
    "definitions",
    "every",
    "freeze",
    "latest",
    "load",
    "revise",
    "verify",
]
