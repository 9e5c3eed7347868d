"""The machine's suggestions as a page shows them: who might answer, by which clause, what speaks for danger."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from liandong.casework import queries
from liandong.rules.model import Actor

from .policy import current


def _territorial(matter: str | None, unit: str) -> str:
    """The matter code to dispatch under; a township answers under the territorial class's own matter."""
    return matter or ("JZ-01" if unit.startswith(("JZ-", "YQ-")) else "")


def suggestions(answer: dict[str, Any], actor: Actor, leave_out: str | None = None) -> dict[str, Any]:
    """Context for ``common/suggest.html`` from an answer of ``routing.suggest``."""
    policy = current()
    rows = []
    for one in answer["suggestions"]:
        why = one.get("why") or {}
        matter = policy.matters.get(_territorial(one.get("matter"), one["unit"]))
        can = one["unit"] in policy.units and policy.units[one["unit"]].dispatchable
        basis = "；".join(
            part
            for part in (
                str(why.get("clause") or ""),
                _("关键词：") + "、".join(why["terms"]) if why.get("terms") else "",
                _("属地：") + str(why["territory"]) if why.get("territory") else "",
            )
            if part
        )
        rows.append(
            {
                "unit": one["unit"],
                "name": one.get("name") or one["unit"],
                "percent": round(float(one["score"]) * 100),
                "matter": matter,
                "why": why,
                "can": can and matter is not None,
                "pick": json.dumps(
                    {
                        "lead_unit": one["unit"],
                        "matter": matter.code if matter else "",
                        "basis": basis or one["unit"],
                    },
                    ensure_ascii=False,
                ),
            }
        )
    alike = []
    for twin in answer["duplicates"]:
        if twin["no"] == leave_out:
            continue
        case = queries.get_case(twin["no"], actor)
        if case is not None:
            alike.append({"case": case, "percent": round(float(twin["score"]) * 100)})
    return {
        "suggested": rows,
        "emergency": answer["emergency"],
        "never_divert": answer["never_divert"],
        "found_place": answer.get("place"),
        "assist": answer.get("assist") or [],
        "alike": alike[:3],
        "confidence": round(float(answer.get("confidence") or 0) * 100),
    }
