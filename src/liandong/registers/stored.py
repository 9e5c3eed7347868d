"""An entry between the table and the rules: what lies open, what lies sealed, and folding steps into an entry again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from liandong.casework import crypto
from liandong.rules.codec import dumps, loads
from liandong.rules.register import Entry, Owed, Register

SEALED = ("text", "personal")
"""Fields kept so lie sealed; everything else stands open in the log."""
_COLUMNS = ("state", "unit", "case", "period", "due_at", "closed_at", "by")


def is_sealed(register: Register, name: str) -> bool:
    """Whether a value of this name lies sealed. What an effect adds by itself is open: it writes no texts and persons."""
    field = register.field_of(name)
    return field is not None and field.keep in SEALED


def split(register: Register, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(open, sealed) halves of an entry's data."""
    hidden = {name: value for name, value in data.items() if is_sealed(register, name)}
    return {name: value for name, value in data.items() if name not in hidden}, hidden


def doc(register: Register, entry: Entry) -> str:
    """The open half of an entry as one canonical text."""
    return dumps({**_open(entry), "data": split(register, entry.data)[0], "opened_by": entry.opened_by})


def _open(entry: Entry) -> dict[str, Any]:
    owed = {unit: [one.due_at, one.done_at] for unit, one in entry.owed.items()}
    return {**{name: getattr(entry, name) for name in _COLUMNS}, "owed": owed}


def changes(register: Register, before: Entry | None, after: Entry) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a step changed: (open, sealed) values; folding them into ``before`` gives ``after``."""
    old = _open(before) if before else {}
    new = {name: value for name, value in _open(after).items() if old.get(name, ...) != value}
    if "owed" in new:  # only the units that moved: each of 200 answers must not repeat the other 199
        was = old.get("owed", {})
        new["owed"] = {unit: pair for unit, pair in new["owed"].items() if was.get(unit) != pair}
    data = {
        name: value
        for name, value in after.data.items()
        if before is None or before.data.get(name, ...) != value
    }
    shown, hidden = split(register, data)
    return {**new, "data": shown}, hidden


def fold(
    register: str, no: str, entry: Entry | None, at: datetime, by: str,
    shown: Mapping[str, Any], hidden: Mapping[str, Any],
) -> Entry:  # fmt: skip
    """The entry after a step, from what the step changed."""
    base = entry or Entry(register, no, "", {}, at, by)
    values: dict[str, Any] = {name: shown[name] for name in _COLUMNS if name in shown}
    if "owed" in shown:
        values["owed"] = {**base.owed, **{unit: Owed(*pair) for unit, pair in shown["owed"].items()}}
    return replace(base, **values, data={**base.data, **shown["data"], **hidden}, version=base.version + 1)


def seal(key: bytes, values: Mapping[str, Any], bound: str) -> bytes:
    """Sealed values; empty where there are none."""
    return crypto.seal(key, dumps(dict(values)).encode(), bound) if values else b""


def unseal(key: bytes | None, sealed: bytes | memoryview | None, bound: str) -> dict[str, Any]:
    """The values again; nothing once the key was destroyed. Raises Unreadable."""
    if key is None or not sealed:
        return {}
    opened: dict[str, Any] = loads(crypto.unseal(key, bytes(sealed), bound).decode())
    return opened


def load(
    register: str, no: str, text: str, opened_at: datetime, version: int, hidden: Mapping[str, Any]
) -> Entry:
    """An entry from its row."""
    known = loads(text)
    return Entry(
        register,
        no,
        known["state"],
        {**known["data"], **hidden},
        opened_at,
        known["opened_by"],
        known["unit"],
        known["case"],
        known["period"],
        known["due_at"],
        known["closed_at"],
        {unit: Owed(*pair) for unit, pair in known["owed"].items()},
        known["by"],
        version,
    )
