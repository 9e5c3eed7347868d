"""A record of another system becomes values of ours, as its mapping says."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from liandong.district import intake
from liandong.district.intake import FLAG_FIELDS, MEANINGS, NUMBER_FIELDS, TIME_FIELDS, IntakeMapping
from liandong.engine.routing import pack_directory
from liandong.rules.policy import Policy

from . import message
from .message import Message
from .problems import Problem, Unfit

DROP = "drop"


def mappings() -> Mapping[str, IntakeMapping]:
    """All mappings of the pack; read again when a file changes. Raises PackError."""
    directory = pack_directory()
    files = sorted((directory / intake.DIRECTORY).glob("*.toml"))
    return _read(directory, tuple((one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in files))


@lru_cache(maxsize=2)
def _read(directory: Path, stamp: tuple[tuple[str, int, int], ...]) -> Mapping[str, IntakeMapping]:
    return intake.read(directory)


def translated(
    record: Mapping[str, Any],
    mapping: IntakeMapping,
    now: datetime,
    policy: Policy,
    repaired: Mapping[str, Any] | None = None,
) -> Message:
    """The message of one record. ``repaired``: what a person filled in, in the place of what came. Raises Unfit."""
    values, wrong = values_of(record, mapping, repaired or {})
    if wrong:
        try:  # what else does not fit is told in the same breath
            message.read(values, _channel(mapping, record), now, policy, mapping.clock_ahead)
        except Unfit as more:
            named = {one.reason for one in wrong}
            wrong += [one for one in more.problems if one.reason != "missing" or "missing" in named]
        raise Unfit(*wrong)
    return message.read(values, _channel(mapping, record), now, policy, mapping.clock_ahead)


def _channel(mapping: IntakeMapping, record: Mapping[str, Any]) -> str:
    """The channel the mapping stands for; a neutral message may name its own."""
    named = record.get("channel") if mapping.name == intake.NEUTRAL else None
    return str(named)[:40] if named else mapping.channel


def values_of(
    record: Mapping[str, Any], mapping: IntakeMapping, repaired: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """Values by our names, and what could not be read of them."""
    wrong: list[Problem] = []
    dropped = set(re.split(r"[、，,;；\s]+", str(repaired.get(DROP) or ""))) - {""}
    found: dict[str, Any] = {}
    for place in mapping.places:
        if place.to in dropped:
            continue
        own = repaired.get(place.to)
        raw = own if own not in (None, "") else _gathered(record, place.paths, place.join) or place.default
        if raw in (None, ""):
            continue
        value = _meant(place.to, raw, mapping, own not in (None, ""), wrong)
        if value is not None:
            found[place.to] = value
    for name in repaired:  # a field the mapping has no place for
        if name != DROP and name not in found and name not in dropped and repaired[name] not in (None, ""):
            value = _meant(name, repaired[name], mapping, True, wrong)
            if value is not None:
                found[name] = value
    if mapping.unknown == "refuse":
        strange = [one for one in _strange(record, mapping) if one not in dropped]
        if strange:
            names = "、".join(one[:40] for one in strange[:5])
            wrong.append(
                Problem(
                    "unknown_field",
                    f"对照表没有字段 {names}：请在对照表写明或列入 ignore 后再试一次，或填入“不要的项”",
                )
            )
    return found, wrong


def _gathered(record: Mapping[str, Any], paths: tuple[str, ...], join: str) -> Any:
    """What stands at the paths, joined where there are several."""
    found = [value for path in paths if (value := _at(record, path)) not in (None, "")]
    if len(found) <= 1:
        return found[0] if found else ""
    return join.join(str(one) for one in found)


def _at(record: Any, path: str) -> Any:
    here = record
    for step in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(step)
    if isinstance(here, Mapping):
        here = here.get("#text", "")
    if isinstance(here, list):
        here = "；".join(str(one) for one in here if not isinstance(one, Mapping | list))
    return here.strip() if isinstance(here, str) else here


def _meant(name: str, raw: Any, mapping: IntakeMapping, by_hand: bool, wrong: list[Problem]) -> Any:
    """One value as we mean it."""
    if name in TIME_FIELDS:
        at = instant(raw, mapping)
        if at is None:
            wrong.append(
                Problem(
                    "bad_time",
                    f"{'接报时间' if name == 'received_at' else '发出时间'}“{str(raw)[:30]}”不是约定的格式：请补正，或在对照表 times 里加这种格式",
                )
            )
        return at
    if name in MEANINGS:
        return _code(name, raw, mapping, wrong)
    if name in NUMBER_FIELDS:
        try:
            number = float(raw)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            wrong.append(
                Problem("refused", f"经纬度“{str(raw)[:20]}”不是数：请让对方改正，或填入“不要的项” {name}")
            )
            return None
        return number
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        wrong.append(Problem("refused", f"{name} 应为文字，来的是别的形式：请与对方核对报文"))
        return None
    return str(raw)


def _code(name: str, raw: Any, mapping: IntakeMapping, wrong: list[Problem]) -> Any:
    word = str(raw).lower() if isinstance(raw, bool) else str(raw).strip()
    meant = mapping.codes.get(name, {}).get(word, word)
    if meant not in MEANINGS[name]:
        known = "、".join(mapping.codes.get(name) or MEANINGS[name])
        wrong.append(
            Problem(
                "unknown_code",
                f"{name} 的代码“{word[:30]}”不认识（已知：{known[:120]}）：请补正，或在对照表 [[code]] 里加上再试一次",
            )
        )
        return None
    return meant == "true" if name in FLAG_FIELDS else meant


def instant(raw: Any, mapping: IntakeMapping) -> datetime | None:
    """An instant in one of the agreed formats, aware; None where it is in none."""
    zone = ZoneInfo(mapping.zone)
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=zone)
    text = str(raw).strip()
    for form in (*mapping.times, "iso"):
        try:
            if form == "iso":
                at = datetime.fromisoformat(text)
            elif form in ("epoch", "epoch_ms"):
                if not text.lstrip("-").isdigit() or len(text) > 15:
                    continue
                at = datetime.fromtimestamp(int(text) / (1000 if form == "epoch_ms" else 1), UTC)
            else:
                at = datetime.strptime(text, form)
            at = at if at.tzinfo else at.replace(tzinfo=zone)
            at.astimezone(UTC)
            return at
        except (ValueError, OverflowError, OSError):
            continue
    return None


def _strange(record: Mapping[str, Any], mapping: IntakeMapping) -> Iterator[str]:
    """Fields of the first level that neither a place nor the list of ignored ones names."""
    known = {path.split(".")[0] for place in mapping.places for path in place.paths}
    known |= set(mapping.ignore) | ({"channel"} if mapping.name == intake.NEUTRAL else set())
    return (str(name) for name in record if name not in known)
