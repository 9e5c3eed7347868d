"""Reading ``reply.toml`` and ``reply-learned.toml`` of a pack: strict, with file and reason for every error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from liandong.triage.pack import RoutingPackError

from . import learned
from .values import Ask, Fact, Learned, ReplyPack

_SETTINGS = {
    "linked",
    "linked_weight",
    "touched",
    "off_topic",
    "off_topic_least",
    "half_relevance",
    "most_demands",
    "demand_length",
}
_LEVELS = {"wanted", "other", "indirect", "deferred", "empty", "none", "thin", "rich_facts", "rich_length"}
_WEIGHTS = {"relevance", "completeness", "legal_basis", "substance", "on_topic", "timeliness"}
_REQUEST = {"courtesy", "generic", "needs_law"}
_REPLY = {"formula", "law_titles", "law_vague", "defer", "promise", "apology", "units"}
DATE, AMOUNT, LAW = "date", "amount", "law"
"""Kinds of fact that are found by form, not by words."""


def read(directory: Path) -> tuple[ReplyPack, Learned]:
    """The pack's reply part; the learned part may be missing. Raises RoutingPackError."""
    path = directory / "reply.toml"
    data = _toml(path)
    _keys(path, data, "file", {"settings", "levels", "weights", "words", "ask", "request", "fact", "reply"})
    facts = tuple(
        Fact(_word(path, row, "kind"), _word(path, row, "label"), _plain(path, row, "words"))
        for row in _rows(path, data, "fact", {"kind", "label", "words"})
    )
    known = {fact.kind for fact in facts} | {DATE, AMOUNT, LAW}
    asks = []
    for row in _rows(path, data, "ask", {"kind", "label", "wants", "words"}):
        wants = tuple(_strings(path, row, "wants"))
        if set(wants) - known:
            raise RoutingPackError(path, f"ask: wants names unknown facts {sorted(set(wants) - known)}")
        asks.append(Ask(_word(path, row, "kind"), _word(path, row, "label"), wants, _any(path, row, "words")))
    weights = _numbers(path, data, "weights", _WEIGHTS)
    if abs(sum(weights.values()) - 1) > 1e-6:
        raise RoutingPackError(path, "weights have to add up to 1")
    request, reply = _table(path, data, "request", _REQUEST), _table(path, data, "reply", _REPLY)
    titles, units = (
        "|".join(map(re.escape, _longest(_strings(path, reply, key)))) for key in ("law_titles", "units")
    )
    pack = ReplyPack(
        _numbers(path, data, "settings", _SETTINGS),
        _numbers(path, data, "levels", _LEVELS),
        weights,
        _numbers(path, data, "words", {"good", "fair"}, most=1.0),
        tuple(asks),
        facts,
        _plain(path, request, "courtesy"),
        _plain(path, request, "generic"),
        _plain(path, request, "needs_law"),
        tuple(_compile(path, "formula", source) for source in _strings(path, reply, "formula")),
        re.compile(rf"[《〈<]{{1,2}}[^《》]{{2,60}}?(?:{titles})[^《》]{{0,12}}[》〉>]{{1,2}}"),
        _any(path, reply, "law_vague"),
        _any(path, reply, "defer"),
        _any(path, reply, "promise"),
        _plain(path, reply, "apology"),
        re.compile(
            rf"(?:(?<!\d)\d[\d,，]{{0,14}}(?:\.\d{{1,6}})?|[一二三四五六七八九十百千万两]{{1,4}})(?:余|多)?(?:{units})"
        ),
    )
    beside = directory / "reply-learned.toml"
    if not beside.exists():
        return pack, Learned()
    try:
        return pack, learned.loads(_toml(beside))
    except (ValueError, KeyError, TypeError) as error:
        raise RoutingPackError(beside, f"cannot be read ({error})") from error


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RoutingPackError(path, f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RoutingPackError(path, f"is not valid TOML in UTF-8 ({error})") from error


def _keys(path: Path, table: Mapping[str, Any], where: str, wanted: Collection[str]) -> None:
    unknown, missing = set(table) - set(wanted), set(wanted) - set(table)
    if unknown or missing:
        raise RoutingPackError(
            path, f"{where}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}"
        )


def _table(path: Path, data: Mapping[str, Any], key: str, wanted: Collection[str]) -> Mapping[str, Any]:
    table = data[key]
    if not isinstance(table, dict):
        raise RoutingPackError(path, f"{key}: has to be a table")
    _keys(path, table, key, wanted)
    return table


def _numbers(
    path: Path, data: Mapping[str, Any], key: str, wanted: Collection[str], most: float = float("inf")
) -> dict[str, float]:
    table = _table(path, data, key, wanted)
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise RoutingPackError(path, f"{key}: «{name}» has to be a number from 0 to {most}")
    return {name: float(value) for name, value in table.items()}


def _rows(path: Path, data: Mapping[str, Any], key: str, wanted: Collection[str]) -> list[Mapping[str, Any]]:
    rows = data[key]
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RoutingPackError(path, f"{key}: has to be an array of tables")
    for number, row in enumerate(rows, 1):
        _keys(path, row, f"{key} no. {number}", wanted)
    return rows


def _strings(path: Path, table: Mapping[str, Any], key: str) -> list[str]:
    value = table[key]
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise RoutingPackError(path, f"«{key}» has to be a list of non-empty strings")
    return value


def _word(path: Path, table: Mapping[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str) or not value:
        raise RoutingPackError(path, f"«{key}» has to be a non-empty string")
    return value


def _compile(path: Path, key: str, source: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(source)
    except re.error as error:
        raise RoutingPackError(path, f"{key}: «{source[:30]}» is no pattern ({error})") from error
    if pattern.match(""):
        raise RoutingPackError(path, f"{key}: «{source[:30]}» matches nothing at all")
    return pattern


def _longest(words: list[str]) -> list[str]:
    """Longer words first, so that an alternation takes the longest."""
    return sorted(set(words), key=lambda word: (-len(word), word))


def _plain(path: Path, table: Mapping[str, Any], key: str) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, _longest(_strings(path, table, key)))))


def _any(path: Path, table: Mapping[str, Any], key: str) -> re.Pattern[str]:
    sources = _strings(path, table, key)
    for source in sources:
        _compile(path, key, source)
    return re.compile("|".join(f"(?:{source})" for source in sources))
