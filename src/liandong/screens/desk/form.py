"""The one form of the desk: a new call, or a case that waits at the desk, as the template shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.datastructures import MultiValueDict

from liandong.casework import history, queries
from liandong.district.policy import current_pack
from liandong.rules.model import Actor, Refusal
from liandong.screens.common import forms, proposing
from liandong.screens.common.forms import Input, Raw, raw
from liandong.screens.common.send import STATUS, new_key
from liandong.screens.common.story import Step, story
from liandong.screens.common.whole import version_of

from . import taken
from .calls import Carried

HERE = ("general", "special")
"""Classes somebody may dispatch under; complex comes with a promise (R37)."""


@dataclass(slots=True)
class CallForm:
    """Inputs by name, what the form is about, and what was wrong with the last sending.

    ``result``: blank, sent, taken or refused: what the browser does with its draft.
    """

    inputs: dict[str, Input]
    key: str
    result: str = "blank"
    no: str = ""
    version: int | None = None
    case: Mapping[str, Any] | None = None
    refusal: Refusal | None = None
    stale: bool = False
    reused: bool = False
    meanwhile: list[Step] = field(default_factory=list)
    typed: Raw = field(default_factory=MultiValueDict)
    status: int = 200

    def was(self, name: str) -> str:
        """What was typed into an input that no command names."""
        return self.typed.get(name) or ""

    @property
    def police_reason(self) -> str:
        """The reason for the police, where a person wrote one."""
        return self.was("police_reason")

    @property
    def reason(self) -> str:
        """The reason of a correction, where a person wrote one."""
        return self.was("reason")


def blank(now: datetime, result: str = "blank") -> CallForm:
    """An empty form for the next call: none of the three answers preset (R1, R7)."""
    return CallForm(_inputs(raw({"level": "none"}), now), new_key(), result)


def of_case(case: Mapping[str, Any], now: datetime) -> CallForm:
    """The form of a case that waits at the desk."""
    return CallForm(_inputs(taken.values(case), now), new_key(), "taken", case["no"], case["version"], case)


def refused(
    carried: Carried, typed: Raw, seen: Mapping[str, Any] | None, actor: Actor, now: datetime
) -> CallForm:
    """Everything typed, with the refusal at its field; of a call that was registered before it, the case's form."""
    refusal = carried.refusal
    assert refusal is not None
    case = queries.get_case(carried.no, actor, now=now) if carried.no else None
    if case is not None and "register" in carried.done:
        typed = typed.copy()  # the machine may have made a no unknown (EB-R2): shown as it now stands
        for part in taken.PARTS:
            typed[part] = case["safety"][part]
    form = CallForm(
        _inputs(typed, now, refusal),
        new_key(),
        "refused",
        case["no"] if case else "",
        case["version"] if case else None,
        case,
        refusal,
        refusal.code == "stale_version",
        refusal.code == "key_reused",
        typed=typed,
        status=STATUS.get(refusal.code, 422),
    )
    if form.stale and case is not None and seen is not None:
        after = version_of(typed.get("version")) or case["version"]
        events = history.events_of(case["no"], actor) or []
        form.meanwhile = [step for step in story(events) if step.version > after]
    return form


def _inputs(typed: Raw, now: datetime, refusal: Refusal | None = None) -> dict[str, Input]:
    wrong, detail = (refusal.field, refusal.detail) if refusal else (None, "")
    made: dict[str, Input] = {}
    for command in ("answer", "dispatch", "register"):
        made |= {one.name: one for one in forms.inputs(command, typed, now, wrong=wrong, detail=detail)}
    made["class"].options = tuple(one for one in made["class"].options if one.value in HERE)
    return made


def duties() -> dict[str, list[str]]:
    """For each matter what is filled in with it: the clause as basis, the proposed class, why it is special."""
    pack = current_pack()
    clauses = {entry.no: entry.clause for entry in pack.entries}
    return {
        one.code: [
            f"{one.clause or clauses.get(one.entry_no, '')}“{one.phrase or one.name}”",
            *proposing.class_of(one.code),
        ]
        for one in pack.matters
    }
