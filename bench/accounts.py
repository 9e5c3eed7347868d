"""Runs inside a store: demonstration accounts, tokens and browser sessions for the benchmarks, as one JSON object."""

from __future__ import annotations

import json
from importlib import import_module

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402

from liandong.district import accounts  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"


def session_of(account: accounts.Account) -> str:
    """The cookie of somebody who has signed in: the bench measures work, not passwords."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def main() -> None:
    """Print tokens of the desk and the units, and a session of each."""
    everybody = {account.username: account for account in accounts.demo_accounts()}
    desks = [everybody["desk"], everybody["desk2"]]
    units = sorted((a for a in everybody.values() if a.role == "unit"), key=lambda a: a.username)
    print(
        json.dumps(
            {
                "desk": [accounts.issue_token(account) for account in desks],
                "units": {account.unit: accounts.issue_token(account) for account in units},
                "desk_sessions": [session_of(account) for account in desks],
                "unit_sessions": {account.unit: session_of(account) for account in units},
            }
        )
    )


main()
