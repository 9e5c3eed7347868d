"""Scoring a router on labelled texts: how often right, how sure that number is.

Two schemas are read: the one with unit names and safety labels (``unit``, ``alternates``, ``emergency``,
``town`` …) and the plain one ``{"text", "unit"}``. Texts are scored without the caller's township.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from .fitting import wilson

_CLASSES = {"镇街": "JZ", "园区管委会": "YQ"}
_LABELS = {
    "top1": "首选正确",
    "top1_alternates": "首选正确（含可接受单位）",
    "top3": "前三含正确",
    "top1_strict": "首选正确（须列出区公安局）",
    "top1_divertible": "可分流来电首选正确",
    "emergency_recall": "紧急召回",
    "emergency_stopped": "紧急未被自动放行",
    "emergency_precision": "紧急准确",
    "kept_recall": "不得分流召回",
    "traps": "陷阱识破",
    "township_precision": "属地准确",
    "township_recall": "属地召回",
    "auto": "可自动的占比",
    "auto_right": "可自动的首选正确（含可接受单位）",
    "auto_unsafe": "可自动但属紧急（必须为 0）",
}


class Engine(Protocol):
    """What is scored: the router or anything with the same answer."""

    @property
    def unit_names(self) -> Mapping[str, str]:
        """Display names of units by code."""
        ...

    def route(self, text: str) -> dict[str, Any]:
        """The answer of ``POST /route`` for a text."""
        ...


def _class(code: str) -> str:
    """Townships and parks are scored as classes: the labels name no single one."""
    return code.split("-")[0] if code.startswith(("JZ-", "YQ-")) else code


class _Counts:
    def __init__(self) -> None:
        self._counts: dict[str, list[int]] = {}

    def add(self, name: str, right: bool) -> None:
        pair = self._counts.setdefault(name, [0, 0])
        pair[0] += right
        pair[1] += 1

    def result(self) -> dict[str, dict[str, Any]]:
        """Right, count, share and interval of each measure."""
        return {
            name: {
                "right": right,
                "count": count,
                "share": round(right / count, 4),
                "interval": [round(bound, 4) for bound in wilson(right, count)],
            }
            for name, (right, count) in self._counts.items()
        }


def evaluate(
    rows: Iterable[Mapping[str, Any]], router: Engine, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Score a router. ``rows`` are labelled texts; ValueError names a row without text or unit, or with a unit nobody
    bears. ``names`` are further names of units (former, short) with their codes.

    A call that must not be diverted counts as right in ``top1`` when the router keeps it with the police
    (flag or never_divert); ``top1_strict`` asks that GA also heads the suggestions.
    """
    known = {code: code for code in (*router.unit_names, *_CLASSES.values())}
    codes = {**known, **{name: code for code, name in router.unit_names.items()}, **(names or {}), **_CLASSES}
    # «区政府应急办（区政府值班室）» is one body with two names (R10).
    codes |= {name.split("（")[0]: code for name, code in list(codes.items()) if "（" in name}
    counts = _Counts()
    wrong: list[dict[str, Any]] = []
    total = 0
    for number, row in enumerate(rows, 1):
        text, unit = row.get("text"), row.get("unit")
        if not isinstance(text, str) or not isinstance(unit, str):
            raise ValueError(f"row {number}: needs «text» and «unit» as strings")
        total += 1
        answer = router.route(text)
        try:
            wanted = _class(codes[unit])
            accepted = {wanted, *(_class(codes[name]) for name in row.get("alternates") or ())}
        except KeyError as error:
            raise ValueError(f"row {number}: nobody is called {error}") from error
        shown = [_class(one["unit"]) for one in answer["suggestions"]]
        kept = answer["emergency"]["flag"] or answer["never_divert"]["flag"]
        stays = wanted == "GA" and row.get("divert") is False
        first = "GA" if kept and (stays or answer["emergency"]["flag"]) else shown[0]
        counts.add("top1", first == wanted)
        counts.add("top1_alternates", first in accepted)
        counts.add("top3", first == wanted or wanted in shown[:3])
        counts.add("top1_strict", shown[0] == wanted)
        if row.get("divert", True):
            counts.add("top1_divertible", first == wanted)
        emergency = row.get("emergency")
        if isinstance(emergency, bool):
            flag = answer["emergency"]["flag"]
            if emergency:
                counts.add("emergency_recall", flag)
                counts.add("emergency_stopped", not answer["auto"])
            if flag:
                counts.add("emergency_precision", emergency)
            if row.get("divert") is False:
                counts.add("kept_recall", kept)
            if row.get("trap") == "hidden_emergency":
                counts.add("traps", flag)
            elif row.get("trap") == "false_alarm":
                counts.add("traps", not flag)
            if answer["auto"]:
                counts.add("auto_unsafe", emergency)
        if "town" in row:
            town = row["town"] if row.get("town_in_text", True) else None
            place = (answer["place"] or {}).get("township")
            if answer["place"] and answer["place"]["code"]:
                counts.add("township_precision", place == town)
            if town:
                counts.add("township_recall", place == town)
        counts.add("auto", answer["auto"])
        if answer["auto"]:
            counts.add("auto_right", first in accepted)
        if first not in accepted:
            wrong.append({"id": row.get("id"), "wanted": wanted, "got": shown[0], "kept": kept})
    return {"rows": total, "measures": counts.result(), "wrong": wrong}


def format(result: Mapping[str, Any]) -> str:
    """The result as lines a person reads: measure, share, interval, count."""
    lines = [f"已评 {result['rows']} 条"]
    for name, label in _LABELS.items():
        value = result["measures"].get(name)
        if value is None:
            continue
        low, high = value["interval"]
        lines.append(
            f"{label:　<18}{value['share']:.3f}  [{low:.3f}, {high:.3f}]  {value['right']}/{value['count']}"
        )
    return "\n".join(lines)
