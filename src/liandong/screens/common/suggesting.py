"""The machine's suggestions as a page shows them: danger first, then what to ask, what it is about, who might answer.

Nothing here dispatches: a person picks, and the rules judge what was picked.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liandong.casework import queries
from liandong.engine import routing
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.triage.catalogue import CatalogueError
from liandong.triage.pack import RoutingPackError

from . import proposing
from .numbered import by_number
from .page import unit_name
from .policy import current

log = logging.getLogger("liandong.screens")

MOST_ALIKE = 3
SEVERAL_FROM = 0.4
"""Two matters of at least this probability are told as perhaps two concerns of one call: on the development calls this
says so of 13 % of those with one concern and finds two of five with several. It only asks a person to look."""
SHOWN_FROM, MOST_SHOWN = 0.01, 3
"""Units below this score, and beyond this many, stand folded away."""
SURE = ((0.9, gettext_lazy("很有把握")), (0.7, gettext_lazy("较有把握")), (0.4, gettext_lazy("把握不大")))
UNSURE = gettext_lazy("没有把握")
POLICE, NOBODY = "GA", "QT"
CLASSES = {
    "JZ": (gettext_lazy("属地街道（镇）"), gettext_lazy("先问清在哪个街道或镇，再派给它。")),
    "YQ": (gettext_lazy("所在园区"), gettext_lazy("先问清是哪个园区，再派给它。")),
    NOBODY: (
        gettext_lazy("目录中没有单位"),
        gettext_lazy("确无单位可派的不派发：点“报争议”，单位意见填 no_catalogue_item，由值班室指定。"),
    ),
}
"""Answers that name a class instead of one unit: what they are called, and what a person does about them."""
_PRECEDENT = re.compile(r"^先例 ([A-Z]+-\d{6}-\d{8}-\d+-\d)：")


def sure(score: float) -> str:
    """How sure the machine is, in words."""
    return str(next((words for least, words in SURE if score >= least), UNSURE))


def suggest(
    text: str,
    place: Mapping[str, Any] | None,
    actor: Actor,
    *,
    caller: str | None = None,
    exclude: Collection[str] = (),
    leave_out: str | None = None,
) -> dict[str, Any]:
    """Context for ``common/suggest.html``; while the routing data cannot be read it says so and a person decides alone.

    ``caller`` is the number that calls: the same person's earlier call is told first.
    """
    try:
        answer = routing.suggest(text, place, exclude=exclude, viewer=actor, caller=caller or None)
    except (RoutingPackError, CatalogueError):
        log.exception("routing data cannot be read: no suggestions")
        return {"routing_trouble": True}
    return suggestions(answer, actor, leave_out)


def signs(text: str) -> list[str]:
    """The words and likenesses that made the machine doubt a text's safety (EB-R2): what a person has to clear up."""
    screen = routing.screen({"summary": text})
    return list(screen.reasons) if screen is not None else []


def suggestions(answer: dict[str, Any], actor: Actor, leave_out: str | None = None) -> dict[str, Any]:
    """Context for ``common/suggest.html`` from an answer of ``routing.suggest``."""
    policy = current()
    matters = [_matter(one) for one in answer.get("matters") or ()]
    several = sum(one["probability"] >= SEVERAL_FROM for one in matters) > 1
    danger, kept = answer["emergency"], answer["never_divert"]
    units = [_unit(one, actor, policy, kept["flag"]) for one in answer["suggestions"]]
    first = [one for one in units if one["score"] >= SHOWN_FROM][:MOST_SHOWN]
    model = answer.get("model")
    return {
        "emergency": danger,
        "never_divert": kept,
        "danger_reasons": danger["reasons"] if danger["flag"] else kept["reasons"],
        "doubts": [] if danger["flag"] else danger["reasons"],
        "doubtful": bool(danger["flag"] or danger["reasons"] or kept["flag"]),
        "asks": answer.get("ask") or [],
        "found_place": answer.get("place"),
        "matters": matters,
        "several": several,
        "suggested": first,
        "unlikely": units[len(first) :],
        "assist": [unit_name(code) for code in answer.get("assist") or ()],
        "alike": _alike(answer.get("duplicates") or (), actor, leave_out),
        "auto": bool(answer.get("auto")) and not several,
        "made_by": model or _("规则"),
    }


def _territorial(matter: str | None, unit: str) -> str:
    """The matter code to dispatch under; a township answers under the territorial class's own matter."""
    return matter or ("JZ-01" if unit.startswith(("JZ-", "YQ-")) else "")


def _matter(one: Mapping[str, Any]) -> dict[str, Any]:
    code = str(one["unit"])
    name = CLASSES[code][0] if code in CLASSES else unit_name(code)
    return {**one, "percent": round(float(one["probability"]) * 100), "unit_name": name}


def _unit(one: Mapping[str, Any], actor: Actor, policy: Policy, kept: bool) -> dict[str, Any]:
    """One suggestion: who, how sure, why, and either a pick for the form or what to do instead.

    ``kept``: the case stays with the police, who are sent nothing by dispatching (R41).
    """
    code, score = str(one["unit"]), float(one["score"])
    why = dict(one.get("why") or {})
    clause = str(why.get("clause") or "")
    ruled = _PRECEDENT.match(clause)
    matter = policy.matters.get(_territorial(one.get("matter"), code))
    known = policy.units.get(code)
    can = known is not None and known.dispatchable and matter is not None and not (kept and code == POLICE)
    name = one.get("name") or code
    return {
        "unit": code,
        "name": CLASSES[code][0] if code in CLASSES else name,
        "score": score,
        "percent": round(score * 100),
        "sure": sure(score),
        "matter": matter,
        "why": why,
        "precedent": ruled[1] if ruled and queries.is_visible(ruled[1], actor, policy=policy) else "",
        "can": can,
        "instead": "" if can else _instead(code),
        "pick": _pick(code, matter.code if matter else "", why) if can else "",
    }


def _instead(code: str) -> str:
    """What a person does where nothing can be dispatched: ask, send to the police, report to the duty office."""
    if code == POLICE:
        return _("不派发：由公安机关办理，点“转警务”（R41）。")
    return str(CLASSES.get(code, CLASSES[NOBODY])[1])


def _pick(code: str, matter: str, why: Mapping[str, Any]) -> str:
    """What a click fills into the dispatch form; the basis is what the suggestion rests on, in the record's Chinese."""
    parts = (
        str(why.get("clause") or ""),
        "关键词：" + "、".join(why["terms"]) if why.get("terms") else "",
        "属地：" + str(why["territory"]) if why.get("territory") else "",
    )
    basis = "；".join(part for part in parts if part) or code
    return json.dumps(
        {"lead_unit": code, "matter": matter, "class": proposing.class_of(matter)[0], "basis": basis},
        ensure_ascii=False,
    )


def _alike(found: Collection[Mapping[str, Any]], actor: Actor, leave_out: str | None) -> list[dict[str, Any]]:
    """Cases that may tell of the same incident, with what they share."""
    wanted = [one for one in found if one["no"] != leave_out][:MOST_ALIKE]
    known = by_number([one["no"] for one in wanted], actor)
    return [
        {
            "case": known[one["no"]],
            "percent": round(float(one["score"]) * 100),
            "why": one.get("why") or (),
        }
        for one in wanted
        if one["no"] in known
    ]
