"""What the registers of an incident may know: its earlier reports, what every resource does now (R43, R44, R52)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liandong.casework import rows
from liandong.district import resources
from liandong.rules.model import SYSTEM
from liandong.rules.registers.incident import OVER

from .. import queries
from ..facts import Asked, provides

MOST = 1000
"""No district deploys more at once."""


def _case(asked: Asked) -> str:
    given = asked.fields.get("case")
    return given.strip().upper()[:60] if isinstance(given, str) else ""


@provides("incident_report")
def reports(asked: Asked) -> Mapping[str, Any]:
    """This case's earlier reports, whether one is unfinished, and whether the emergency is over."""
    if not asked.step.opens:
        return {}
    case = _case(asked)
    found = queries.find(
        SYSTEM, "incident_report", queries.Asking(case=case), limit=MOST, policy=asked.policy
    )
    state = rows.one("SELECT state FROM casework_case WHERE no = %s", [case])
    return {
        "reports": [one.data["kind"] for one in found.items if one.state in ("delivered", "received")],
        "unfinished": [one.no for one in found.items if one.state in ("drafted", "signed")],
        "over": state is not None and state[0] in OVER,
    }


@provides("incident_review")
def reviews(asked: Asked) -> Mapping[str, Any]:
    """Whether this case has its review already."""
    if not asked.step.opens:
        return {}
    case = _case(asked)
    found = queries.find(SYSTEM, "incident_review", queries.Asking(case=case), limit=1, policy=asked.policy)
    return {"reviewed": bool(found.items)}


@provides("deployment")
@provides("resource_status")
@provides("partner_message")
def means(asked: Asked) -> Mapping[str, Any]:
    """The resources in force today, in which incidents they are, which are out of service and why.

    Taken under a lock of the resource, so that two incidents that want the same vehicle come one after the other.
    """
    today = asked.now.astimezone(asked.policy.zone).date()
    known: dict[str, Any] = {"resources": resources.in_force(today)}
    if asked.register.name == "partner_message":
        return known
    known["busy"] = busy(asked)
    status = queries.find(SYSTEM, "resource_status", limit=MOST, policy=asked.policy).items
    known["status"] = {one.data["resource"]: one.no for one in status}
    known["out"] = {one.data["resource"]: one.data.get("reason", "") for one in status if one.state == "out"}
    return known


def busy(asked: Asked) -> dict[str, list[str]]:
    """The cases in which each resource is deployed now, by its code."""
    found: dict[str, list[str]] = {}
    running = queries.find(
        SYSTEM, "deployment", queries.Asking(is_open=True), limit=MOST, policy=asked.policy
    )
    for one in running.items:
        found.setdefault(one.data["resource"], []).append(one.case)
    return found
