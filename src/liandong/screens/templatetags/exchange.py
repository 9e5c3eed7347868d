"""What was ordered from the other network's instance, for the page of a case (the page has asked who may see it)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import template

from liandong.casework import orders, sides
from liandong.registers.sides import elsewhere
from liandong.screens.common.story import who

register = template.Library()


@register.simple_tag
def orders_of(no: str) -> list[dict[str, Any]]:
    """Orders about a case, the newest first; none, and no question to the database, where there is only one instance."""
    if not sides.divided():
        return []
    return [
        {
            "command": one.command, "who": who(one.actor), "state": one.state, "rule": one.rule, "detail": one.detail,
            "at": datetime.fromtimestamp(one.at_ms / 1000, UTC),
        }
        for one in orders.of_case(no)
    ]  # fmt: skip


@register.simple_tag
def kept_here(name: str) -> bool:
    """Whether this instance keeps that register: a link to its pages leads somewhere."""
    return not elsewhere(name)
