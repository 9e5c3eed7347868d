"""What accounts are called: names beside roles and units, asked for in one statement."""

from __future__ import annotations

from collections.abc import Iterable

from liandong.district.models import Account


def names(actors: Iterable[str]) -> dict[str, str]:
    """Account name → person's name, for the actors as events write them (``unit:CG:zhang``, ``desk:li``)."""
    accounts = {parts[-1] for by in set(actors) if len(parts := by.split(":")) > 1}
    if not accounts:
        return {}
    found = Account.objects.filter(username__in=sorted(accounts)).values_list("username", "display_name")
    return {account: name for account, name in found if name}
