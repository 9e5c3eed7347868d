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
NASTY = [
    "²", "٣", "-1", "9" * 25, "9" * 5000, "a\tb\n", "💥𠮷", "9999-12-31", "0001-01-01T00:00:00+14:00", "0001-01",
    "2018-06-01T09:00 路灯", "é" * 3000, "custom", "QT", cursor.make("list", "9" * 18, "x"),
    cursor.make("figure", "9" * 18, "9" * 18, "9" * 18),
]  # fmt: skip
PATHS = {"str": ["²", "9" * 400, "💥", "GA"], "int": ["0", "9" * 25], "slug": ["x" * 300, "sign"]}
PATHS["path"] = [*PATHS["str"], "a/b/c"]
KNOWN = {"command": "note", "code": "CG", "kind": "sign", "number": "2026", "key": "1", "name": "desk-1"}
"""Values that stand for something, so that most pages have something to show."""


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
        else:
            yield route, {name: _kind(kind) for name, kind in one.pattern.converters.items()}


def _kind(converter) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


def addresses(no: str) -> dict[str, list[str]]:
    """Every pattern with the addresses that stand for it: one that exists where a case is named, and bad ones."""
    made = {}
    for route, kinds in patterns("/", get_resolver(urls.__name__).url_patterns):
        variants = max((len(PATHS[kind]) for kind in kinds.values()), default=0)
        made[route] = [
            _filled(route, kinds, no),
            *(_filled(route, kinds, no, bad) for bad in range(variants)),
        ]
    return made


def _filled(route: str, kinds: dict[str, str], no: str, bad: int | None = None) -> str:
    for name, kind in kinds.items():
        if bad is None:
            value = KNOWN.get(name) or {"no": no}.get(name) or PATHS[kind][0]
        else:
            value = PATHS[kind][bad % len(PATHS[kind])]
        route = route.replace(f"<{kind}:{name}>", value)
    return route


def walk(method: str, foremost: str, no: str, asked: dict[str, None]) -> list[str]:
    """Ask every address with every bad value that its view reads; what failed. Each page is asked by the first role it
    is for, ``foremost`` before all others."""
    order = sorted(ROLES, key=lambda role: role != foremost)
    clients = {role: Client(raise_request_exception=False) for role in order}
    for role, client in clients.items():
        client.force_login(create_account(f"{role}-1", role, ROLES[role]))
    failed: list[str] = []

    def ask(role: str, address: str, values: dict[str, str] | None = None) -> int:
        answer = getattr(clients[role], method)(address, values or {})
        if answer.status_code >= 500:
            error = answer.exc_info[1] if getattr(answer, "exc_info", None) else answer.status_code
            shown = {name: value[:30] for name, value in (values or {}).items()}
            failed.append(f"{role} {method} {address[:90]} {shown}: {error!r:.160}")
        return answer.status_code

    for route, (first, *others) in addresses(no).items():
        if route in SKIPPED:
            continue
        asked.clear()
        role = next((role for role in clients if ask(role, first) not in (403, 405)), None)
        if role is None or (foremost == "unit" and role != "unit"):
            continue  # nobody's, or walked already for whoever comes first otherwise
        for address in others:
            ask(role, address)
        names: list[str] = []
        for turn in range(len(NASTY)):
            names = [name for name in asked if name not in ("csrfmiddlewaretoken", "language")]
            if not names:
                break
            ask(role, first, {name: NASTY[(turn + n) % len(NASTY)] for n, name in enumerate(names)})
        for name in names:  # alone: another bad value must not send the view away before it reads this one
            ask(role, first, {name: "²"})
    return failed


SKIPPED = ("/logout", "/static/<path:path>")


@pytest.mark.parametrize("foremost", ["desk_lead", "unit"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_that_is_sent_makes_a_page_fail(method, foremost, case, asked):
    assert not walk(method, foremost, case, asked)


def test_a_nul_is_no_address_and_no_part_of_what_was_said(case):
    client = Client()
    client.force_login(create_account("desk_lead-1", "desk_lead"))
    assert client.get("/cases/?q=%00").status_code == 400
    assert client.get("/cases/a%00b").status_code == 400
    assert client.post(f"/cases/{case}/do/note", {"text": "井盖\x00破了", "key": "k"}).status_code == 302
    assert "井盖破了" in client.get(f"/cases/{case}").content.decode()


TOGETHER = [
    ("desk_lead", "/figures/?period=custom&from=0001-01-01&to=0001-01-02"),
    ("desk_lead", "/figures/?period=custom&from=9999-12-30&to=9999-12-31"),
    (
        "desk_lead",
        "/figures/cases?figure=received&period=custom&from=0001-01-01&to=0001-01-01&at=99999999999999",
    ),
    ("desk_lead", "/cases/?since=0001-01-01&until=9999-12-31"),
    ("desk_lead", "/cases/?since=0001-01-01&until=0001-01-01&format=xlsx"),
    ("auditor", "/cases/looks?before=0001-01-01T00:00:00%2B14:00"),
    ("sysadmin", "/district/rosters?month=0001-01"),
    ("sysadmin", "/district/rosters?month=9999-12"),
    ("sysadmin", "/district/units?on=0001-01-01"),
    ("sysadmin", "/district/units/CG?on=9999-12-31"),
]
"""Values that are bad only beside each other, or at the very ends of the calendar."""


@pytest.mark.parametrize(("role", "address"), TOGETHER)
def test_the_ends_of_the_calendar_are_no_failure(role, address):
    client = Client()
    client.force_login(create_account(f"{role}-1", role))
    assert client.get(address).status_code < 500


def test_a_roster_with_odd_days_and_times_is_refused_in_words():
    client = Client()
    client.force_login(create_account("desk_lead-1", "desk_lead"))
    put = {"what": "put", "first": "2026-12-01", "last": "2026-12-01", "post": "main", "person": "王五"}
    for odd in (
        {"weekday": ""},
        {"weekday": "²"},
        {"weekday": "12"},
        {"starts": "09:00+08:00"},
        {"starts": "25:00"},
    ):
        sent = {**put, "starts": "09:00", "ends": "17:00", **odd}
        assert client.post("/district/rosters/change", sent).status_code == 302
