"""Parts of pages that many screens show alike: made once for an audience, handed to all of it from memory.

When something happens, every screen that shows a list asks for the list again (``static/screens/live.js``, header
``X-Liandong-Live`` with the cursor of the last event it knows). Who asks is decided like for every page, by
``access.page``; here only the work of making the part is shared. An audience is the stream's: viewers who may see
the same. What a template puts between ``<!--shared-->`` and ``<!--/shared-->`` it declares to depend on nothing but
audience, address and language; everything else is made for each person as ever. A part is good for a screen as long
as it was made at or behind the place in the log that the screen knows of.
"""

from __future__ import annotations

import gzip
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, NamedTuple

from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from liandong.casework import history
from liandong.district.accounts import Account
from liandong.engine.stream import group_key
from liandong.rules.model import Actor

log = logging.getLogger("liandong.fragments")

HEADER = "X-Liandong-Live"
MOST_PARTS = 400
MOST_PASSES = 20_000
MOST_LOCKS = 2 * MOST_PARTS
OLD_SECONDS = 10.0
"""Times are shown in words ("3 分钟前"): even where nothing happened a part is made again after this."""
OLD_WITHOUT_STREAM_SECONDS = 1.0
PASS_SECONDS = 300.0
"""As long as a stream lives: after this a screen is asked again who it is, however often it came meanwhile."""
KIND = "text/html; charset=utf-8"
_SHARED = re.compile(rb"<!--shared-->(.*?)<!--/shared-->", re.DOTALL)
_PRIVATE = b"csrfmiddlewaretoken"

Key = tuple[Any, ...]
Ident = tuple[str, str, str]


class Part(NamedTuple):
    """A part as it was made: the log's position before, the instant (monotonic), the body plain and packed."""

    position: int
    made: float
    body: bytes
    packed: bytes


class Pass(NamedTuple):
    """Somebody who was let through to a part: which part, by which session and account, how that account stood, since when."""

    key: Key
    session: str
    account: int
    standing: str
    since: float


class Memory:
    """The parts and passes of this process. Nothing here outlives it, nothing is written anywhere."""

    def __init__(self) -> None:
        self._parts: OrderedDict[Key, Part] = OrderedDict()
        self._passes: dict[Ident, Pass] = {}
        self._making: dict[Key, Lock] = {}
        self._own: dict[Key, None] = {}

    def fresh(self, key: Key, position: int) -> Part | None:
        """The part as somebody may have it who knows the log up to ``position`` (0: has no stream)."""
        part = self._parts.get(key)
        if part is None or part.position < position:
            return None
        most = OLD_SECONDS if position else OLD_WITHOUT_STREAM_SECONDS
        return part if time.monotonic() - part.made < most else None

    def keep(self, key: Key, part: Part) -> None:
        """Remember a part; the one that was longest unused goes."""
        self._parts[key] = part
        self._parts.move_to_end(key)
        while len(self._parts) > MOST_PARTS:
            gone, _ = self._parts.popitem(last=False)
            self._making.pop(gone, None)

    def lock(self, key: Key) -> Lock:
        """Held by whoever makes a part. Locks of parts that were never kept go when they are many."""
        if len(self._making) >= MOST_LOCKS:
            idle = [old for old, lock in self._making.items() if old not in self._parts and not lock.locked()]
            for old in idle:
                self._making.pop(old, None)
        return self._making.setdefault(key, Lock())

    def is_own(self, key: Key) -> bool:
        """Whether this part turned out to be everybody's own."""
        return key in self._own

    def mark_own(self, key: Key) -> None:
        """Remember that nothing of this part is shared, so that nobody waits for another's."""
        if len(self._own) > MOST_PARTS:
            self._own.clear()
        self._own[key] = None

    def admit(self, ident: Ident, one: Pass) -> None:
        """Remember who was let through."""
        if len(self._passes) >= MOST_PASSES:
            self._passes.clear()
        self._passes[ident] = one

    def pass_of(self, ident: Ident) -> Pass | None:
        """Who was let through with these cookies to this address, if that still counts."""
        found = self._passes.get(ident)
        return found if found is not None and time.monotonic() - found.since < PASS_SECONDS else None

    def forget_passes(self) -> None:
        """Everybody is asked anew who they are."""
        self._passes.clear()

    def sweep(self) -> None:
        """Take back the passes of sessions that ended and of accounts that were changed or closed."""
        passes = list(self._passes.items())
        if not passes:
            return
        sessions = {one.session for _, one in passes}
        alive = set(_in(Session.objects, "session_key", sessions).values_list("session_key", flat=True))
        standing = standings({one.account for _, one in passes})
        now = time.monotonic()
        for ident, one in passes:
            ended = now - one.since >= PASS_SECONDS or one.session not in alive
            if ended or standing.get(one.account) != one.standing:
                self._passes.pop(ident, None)


memory = Memory()


def _in(manager: Any, column: str, values: Iterable[Any]) -> Any:
    return manager.filter(**{f"{column}__in": list(values)})


def standings(accounts: Iterable[int]) -> dict[int, str]:
    """Everything of these accounts that decides what they may, as one text each."""
    names = [field.attname for field in Account._meta.concrete_fields if field.name != "last_login"]
    return {row[0]: repr(row) for row in _in(Account.objects, "pk", accounts).values_list("pk", *names)}


def asked(request: HttpRequest) -> bool:
    """Whether a live screen asks for a part again."""
    return request.method == "GET" and HEADER in request.headers


def position_of(cursor: str) -> int:
    """The place in the log of a cursor that the stream gave; 0 for none or nonsense."""
    try:
        return history.position_of(cursor) if cursor else 0
    except ValueError:
        return 0


def ident_of(cookies: str, path: str, target: str) -> Ident:
    """What a pass is found by: exactly the same cookies, address and part."""
    return (cookies, path, target)


def answer(request: HttpRequest, actor: Actor, make: Callable[[], HttpResponse]) -> HttpResponse:
    """The part that was asked for, for somebody who may see the page; ``make`` is the page's own view."""
    path, target = request.get_full_path(), request.headers.get("HX-Target", "")
    key: Key = (group_key(actor), path, target, translation.get_language())
    wanted = position_of(request.headers[HEADER])
    part = memory.fresh(key, wanted)
    if part is None and memory.is_own(key):
        return make()
    if part is None:
        with memory.lock(key):
            part = memory.fresh(key, wanted)
            if part is None:
                position = history.tail_position()  # before the part is made: it shows at least this
                response = make()
                body = shared(response, target)
                if body is None:
                    if response.status_code == 200:
                        memory.mark_own(key)
                    return response
                part = Part(position, time.monotonic(), body, gzip.compress(body, 5, mtime=0))
                memory.keep(key, part)
    _admit(request, key, path, target)
    return _response(request, part)


def shared(response: HttpResponse, target: str) -> bytes | None:
    """What of a page is the same for its whole audience, if the wanted part is among it."""
    if response.status_code != 200 or response.streaming:
        return None
    pieces = _SHARED.findall(response.content)
    body = b"\n".join(pieces)
    if not target or f'id="{target}"'.encode() not in body:
        return None
    if _PRIVATE in body:
        log.error("the shared part %s holds a form's token and is not shared", target)
        return None
    return body


def _admit(request: HttpRequest, key: Key, path: str, target: str) -> None:
    account = request.user.pk
    session = request.session.session_key
    if account is None or session is None:
        return
    standing = standings([account]).get(account, "")
    ident = ident_of(request.META.get("HTTP_COOKIE", ""), path, target)
    memory.admit(ident, Pass(key, session, account, standing, time.monotonic()))


def _response(request: HttpRequest, part: Part) -> HttpResponse:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(part.packed if packed else part.body, content_type=KIND)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
