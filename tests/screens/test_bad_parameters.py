"""Whatever an address or a form brings, a page answers: every pattern, every role, every name that its view asks for.

The names are not listed here: what a view reads of a request is written down while it reads, and asked for again with
values that nobody should send. So a page that is added later is walked, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from liandong.casework import cursor
from liandong.district.accounts import create_account
from liandong.screens import urls
from support import flow

pytestmark = pytest.mark.usefixtures("district")

ROLES = {
    "desk_lead": None, "desk": None, "unit": "CG", "duty_office": None, "inspector": None, "police_inspectorate": None,
    "government": None, "sysadmin": None, "secadmin": None, "auditor": None,
}  # fmt: skip
CURSORS = [
    cursor.make(kind, *parts)
    for kind in ("list", "urgency", "workbench", "figure", "instructions", "feed")
    for parts in ((1,), ("9" * 18, "x"), ("9" * 18, "9" * 18, "9" * 18))
]
NASTY = [
    "²", "٣", "-1", "9" * 25, "9" * 5000, "0", "\x00", "a\x00b\tc\nd", "💥𠮷", "9999-12-31", "0001-01-01",
    "9999-12-31T23:59", "0001-01-01T00:00:00+14:00", "2018-06-01T09:00", "24:00", "[{}]", "%25' OR \"1\"=\"1", "é" * 3000,
    "true", "custom", "GA", "JZ-500110001", "QT", "unknown", "../../etc/passwd", *CURSORS[:3], *CURSORS[-3:],
]  # fmt: skip
PATHS = {"str": ["²", "9" * 400, "💥", "a%00b", "GA"], "int": ["0", "9" * 25], "slug": ["x" * 300, "sign"]}
PATHS["path"] = [*PATHS["str"], "a/b/c"]


@pytest.fixture
def case(policy):
    """A case that a unit works on, so that most pages have something to show."""
    now = timezone.now()
    no = flow.register(now, policy, "a", summary="中山路路灯不亮", content="中山路路灯不亮")
    flow.dispatch(no, now, policy)
    return no


@pytest.fixture
def asked(monkeypatch):
    """Every name that was read of a query or a form, in the order of reading."""
    names: dict[str, None] = {}

    def spy(method):
        real = getattr(QueryDict, method)

        def read(self, key, *rest, **named):
            names.setdefault(key)
            return real(self, key, *rest, **named)

        monkeypatch.setattr(QueryDict, method, read)

    for method in ("get", "getlist", "__getitem__", "__contains__"):
        spy(method)
    return names


def patterns(prefix: str, found: list[URLPattern | URLResolver]) -> Iterator[tuple[str, dict[str, str]]]:
    """Every address of the pages with its converters by name."""
    for one in found:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(route, one.url_patterns)
        elif "<" not in route or "static" not in route:
            yield route, {name: _kind(kind) for name, kind in one.pattern.converters.items()}


def _kind(converter) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def addresses(no: str, files: list[str]) -> dict[str, list[str]]:
    """Every pattern with the addresses that stand for it: one that exists where a case is named, and bad ones."""
    made = {}
    for route, kinds in patterns("/", get_resolver(urls.__name__).url_patterns):
        variants = max((len(PATHS[kind]) for kind in kinds.values()), default=0)
        found = [_filled(route, kinds, no)] if "no" in kinds or not kinds else []
        for n in range(variants):
            found.append(_filled(route, {k: kind for k, kind in kinds.items()}, no, n))
        made[route] = found
    return made


def _filled(route: str, kinds: dict[str, str], no: str, bad: int | None = None) -> str:
    for name, kind in kinds.items():
        if bad is None:
            value = no if name == "no" else "note" if name == "command" else PATHS[kind][0]
        else:
            value = PATHS[kind][bad % len(PATHS[kind])]
        route = route.replace(f"<{kind}:{name}>", value)
    return route


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_that_is_sent_makes_a_page_fail(role, method, case, asked):
    account = create_account(f"{role}-1", role, ROLES[role])
    client = Client(raise_request_exception=False)
    failed = []

    def ask(address: str, values: dict[str, str] | None = None) -> int:
        if account_gone():
            client.force_login(account)
        answer = getattr(client, method)(address, values or {})
        if answer.status_code >= 500:
            error = answer.exc_info[1] if getattr(answer, "exc_info", None) else answer.status_code
            shown = {k: v[:30] for k, v in (values or {}).items()}
            failed.append(f"{method} {address[:90]} {shown}: {error!r:.160}")
        return answer.status_code

    def account_gone() -> bool:
        return "_auth_user_id" not in client.session

    for route, here in addresses(case, []).items():
        if route.endswith(("logout", "<path:path>")) and "change" not in route:
            continue
        asked.clear()
        if all(ask(address) in (302, 403, 405) for address in here) and method == "get":
            continue
        for turn, _value in enumerate(NASTY):
            names = [name for name in asked if name != "csrfmiddlewaretoken"]
            if not names and turn:
                break
            ask(here[0], {name: NASTY[(turn + n) % len(NASTY)] for n, name in enumerate(names)})
    assert not failed, "\n".join(failed)
