"""Runs inside a store: many browser sessions of the demonstration accounts, one for each screen, as one JSON object.

usage: live_sessions.py '{"desk": 60, "unit": 8, ...}': so many a role, for ``unit`` so many a unit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from liandong.district import accounts  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"


def sessions(account: accounts.Account, count: int) -> Iterator[str]:
    """Cookies of somebody who has signed in ``count`` times."""
    engine = import_module(settings.SESSION_ENGINE)
    for _ in range(count):
        store = engine.SessionStore()
        store[SESSION_KEY] = str(account.pk)
        store[BACKEND_SESSION_KEY] = BACKEND
        store[HASH_SESSION_KEY] = account.get_session_auth_hash()
        store.create()
        yield str(store.session_key)


def main(wanted: dict[str, int]) -> None:
    """Print ``[role, unit, cookie]`` of every screen."""
    found = []
    taken: set[str] = set()
    for account in accounts.demo_accounts():
        one = account.role
        if one not in wanted or (one != "unit" and one in taken):
            continue
        taken.add(one)
        found += [[one, account.unit, cookie] for cookie in sessions(account, wanted[one])]
    print(json.dumps(found))


main(json.loads(sys.argv[1]))
