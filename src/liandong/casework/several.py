"""Several cases by their numbers as lists show them: what registers and their pages name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from liandong.rules.model import Actor
from liandong.rules.policy import Policy

from . import commanding, search


def by_number(
    viewer: Actor, numbers: Sequence[str], *, policy: Policy, now: datetime
) -> dict[str, dict[str, Any]]:
    """Those of these cases that the viewer may see, by number, persons masked; one statement for 200 of them."""
    found: dict[str, dict[str, Any]] = {}
    wanted = sorted(set(numbers))
    for start in range(0, len(wanted), commanding.MOST):
        part = wanted[start : start + commanding.MOST]
        query = search.build(viewer, search.Filters(), policy, now)
        query.where(f"c.no IN ({', '.join(['%s'] * len(part))})", *part)
        found |= {
            case["no"]: case for _state, case in commanding._load(query, "ORDER BY c.no", viewer, policy, now)
        }
    return found
