"""Services of GeoReport v2: the kinds of work a citizen may ask for, from the duties in force (R22)."""

from __future__ import annotations

from typing import Any

from liandong.casework.published import UNKNOWN, is_public
from liandong.district.policy import today
from liandong.rules.policy import Matter, Policy

_PREFERRED = ("help", "complaint", "consult", "suggestion")
"""As what a request is registered, the first that the duty knows; never a 举报, which this door could not protect."""


def offered(policy: Policy) -> dict[str, Matter]:
    """The matters a request may name, by code: public, in force, no emergency (that is a call to 110)."""
    day = today()
    return {
        code: matter
        for code, matter in sorted(policy.matters.items())
        if is_public(matter) and not matter.emergency and matter.kinds and not matter.ended(day)
    }


def kind_of(matter: Matter | None) -> str:
    """As what a request for that service is registered."""
    kinds = matter.kinds if matter else ()
    return next((kind for kind in _PREFERRED if kind in kinds), "help")


def name_of(code: str, policy: Policy) -> str:
    """The name of a service; also of one that is no longer offered."""
    matter = policy.matters.get(code)
    return matter.name if matter else "其他（由接警台分流）"


def listed(policy: Policy) -> list[dict[str, Any]]:
    """Every service, the one for "I do not know" last."""
    shown = [
        _service(code, matter.name, _unit(matter, policy), f"{_unit(matter, policy)}：{matter.name}")
        for code, matter in offered(policy).items()
    ]
    return [
        *shown,
        _service(UNKNOWN, name_of(UNKNOWN, policy), "其他", "不知道该选哪一类时用；由接警台分流到承办单位"),
    ]


def _unit(matter: Matter, policy: Policy) -> str:
    unit = policy.units.get(matter.unit)
    return unit.name if unit else "街道、镇、园区"


def _service(code: str, name: str, group: str, description: str) -> dict[str, Any]:
    return {
        "service_code": code,
        "service_name": name,
        "description": description,
        "metadata": False,
        "type": "realtime",
        "keywords": None,
        "group": group,
    }


def definition(code: str) -> dict[str, Any]:
    """A service's attributes: ours have none."""
    return {"service_code": code, "attributes": []}
