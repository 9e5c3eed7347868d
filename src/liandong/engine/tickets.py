"""Who may open a stream: a one-use ticket of 60 seconds, a bearer token, or the session of a signed-in page."""

from __future__ import annotations

import hashlib
import secrets
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest

from liandong.district import training
from liandong.district.accounts import Account, actor_for, actor_for_token
from liandong.rules.model import Actor

from .instants import now_ms
from .models import StreamTicket

LIFE_SECONDS = 60


def issue(viewer: Actor) -> str:
    """A fresh ticket for this viewer, good once within 60 seconds; only its hash is stored."""
    ticket = secrets.token_urlsafe(24)
    StreamTicket.objects.filter(expires_ms__lt=now_ms()).delete()
    StreamTicket.objects.create(
        hash=_hash(ticket),
        account=viewer.name,
        role=viewer.role,
        unit=viewer.unit or "",
        scopes=" ".join(sorted(viewer.scopes)),
        expires_ms=now_ms() + LIFE_SECONDS * 1000,
    )
    return ticket


def redeem(ticket: str) -> Actor | None:
    """The viewer of a ticket, once; None if it is unknown, used or too old, or the account was closed since."""
    row = StreamTicket.objects.filter(hash=_hash(ticket), expires_ms__gte=now_ms()).first()
    if row is None:
        return None
    deleted, _ = StreamTicket.objects.filter(hash=row.hash).delete()
    if not deleted or not Account.objects.filter(username=row.account, is_active=True).exists():
        return None
    return Actor(row.role, row.account, row.unit or None, frozenset(row.scopes.split()))


def by_token(token: str) -> Actor | None:
    """The actor of a bearer token."""
    return actor_for_token(token)


def by_cookie(header: str) -> Actor | None:
    """The signed-in account of a Cookie header, checked as every page checks it."""
    try:
        morsel = SimpleCookie(header).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return None
    if morsel is None:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
    user = get_user(request)
    if not user.is_authenticated or not user.is_active:
        return None
    return actor_for(user) if training.ready(user) else None


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
