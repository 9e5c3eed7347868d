"""The panel 答复质量: how the answer of a case reads, for whoever reviews or supervises. It decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from liandong.engine import reply_quality
from liandong.rules.model import Actor
from liandong.screens.common.access import DESK, DUTY

SEES = (*DESK, *DUTY, "inspector")
"""Who reviews or supervises; a unit is not shown scores of its own text to write against."""

NAMES = {
    "relevance": _("相关性"),
    "completeness": _("完整性"),
    "legal_basis": _("依据"),
    "boilerplate": _("套话"),
    "off_topic": _("答非所问"),
    "timeliness": _("承诺时限"),
}
WORDS = {
    "好": _("好"),
    "尚可": _("尚可"),
    "差": _("差"),
    "少": _("少"),
    "较多": _("较多"),
    "很多": _("很多"),
    "不涉及": _("不涉及"),
}


def panel(
    case: Mapping[str, Any], actor: Actor, events: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """Context of ``case/reply_quality.html``; None where there is nothing to show to this viewer.

    ``events`` are the case's as this viewer may read them; the reasons quote them.
    """
    if actor.role not in SEES:
        return None
    found = reply_quality.of_case(case, events)
    if found is None:
        return None
    return {
        "percent": round(found.overall * 100),
        "word": WORDS[found.word],
        "measures": [
            {
                "name": NAMES[one.name],
                "word": WORDS[one.word],
                "percent": None if one.value is None else round(one.value * 100),
                "good": None if one.good is None else round(one.good * 100),
                "reasons": one.reasons,
            }
            for one in found.measures
        ],
        "asked": [
            {
                "text": one.text,
                "label": one.label,
                "verdict": one.verdict,
                "answered": one.answered,
                "sentences": [(no, found.sentences[no - 1]) for no in one.sentences[:3]],
            }
            for one in found.asked
        ],
    }
