"""A case that waits at the desk, worked on in the form of a call: its values, and what a person changed of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.screens.common.forms import Raw, fields_of, raw

PARTS = ("life", "property", "public")
PLACE = ("text", "township", "village")


def values(case: Mapping[str, Any]) -> Raw:
    """The case as the form's inputs. The three answers stand as they were given; nothing else is preset."""
    caller, place = case.get("caller") or {}, case.get("place") or {}
    known = bool(caller.get("name") or caller.get("phone"))
    flags = {
        "anonymous": caller.get("anonymous") and known,
        "confidential": caller.get("confidential"),
        "no_contact": caller.get("contact_ok") is False,
    }
    return raw(
        {
            "content": case.get("content") or case.get("summary"),
            "summary": case.get("summary"),
            "kind": case.get("kind"),
            **{part: (case.get("safety") or {}).get(part) for part in PARTS},
            **{f"place-{key}": place.get(key) for key in PLACE},
            "caller-name": caller.get("name"),
            "caller-phone": caller.get("phone"),
            "caller-flags": [flag for flag, on in flags.items() if on],
        }
    )


def amended(case: Mapping[str, Any], typed: Raw) -> dict[str, Any]:
    """The fields of ``amend`` for what now reads otherwise than the case; nothing where all stayed (R32)."""
    now, before = fields_of("amend", typed), fields_of("amend", values(case))
    for key in ("summary", "content"):
        if now.get(key):
            now[key] = _lines(now[key])
    changed = {
        key: now[key]
        for key in ("kind", "summary", "content")
        if now.get(key) and now[key] != _lines(before.get(key) or "")
    }
    if now.get("place", {}) != before.get("place", {}) and now.get("place"):
        spot = {key: case["place"][key] for key in ("lon", "lat") if (case.get("place") or {}).get(key)}
        changed["place"] = {**spot, **now["place"]}
    if now.get("caller", {}) != before.get("caller", {}) and now.get("caller"):
        language = (case.get("caller") or {}).get("language")
        changed["caller"] = {**({"language": language} if language else {}), **now["caller"]}
    return changed


def answered(case: Mapping[str, Any], typed: Raw) -> dict[str, str]:
    """The three answers where one of them differs from what the case holds; else nothing (R1)."""
    given = {part: str(typed.get(part) or "") for part in PARTS}
    return {} if given == (case.get("safety") or {}) or not all(given.values()) else given


def _lines(text: str) -> str:
    """A browser sends a line's end as two characters: that is no change of what was said."""
    return text.replace("\r\n", "\n").strip()
