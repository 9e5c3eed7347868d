"""A real server (granian, WSGI, SQLite in a temporary home) and a real browser for the tests of the pages.

``site`` has no stream and no clock (quick, quiet); ``live_site`` is a whole ``liandong serve``: stream, clock, deliveries.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).parent
PASSWORD = "Liandong-2018"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
MANY = 5000
_calls = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser, and one worker: they share a server."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def _free_port() -> int:
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANDONG_")}
    return kept | {"LIANDONG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "liandong.site.settings"}


def _serve(home: Path, many: int) -> Iterator[str]:
    environment = _environment(home)
    subprocess.run(
        [sys.executable, str(HERE / "prepare.py"), str(many)], env=environment, check=True, timeout=300
    )
    port = _free_port()
    call = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    call += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "warning"]
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*call, "liandong.site.wsgi:application"],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        base = f"http://127.0.0.1:{port}"
        try:
            _wait(base, server)
            yield base
        finally:
            server.terminate()
            server.wait(timeout=20)


def _serve_live(home: Path) -> Iterator[Others]:
    """Everything ``liandong serve`` starts: two processes of pages and streams, the clock beside them."""
    environment = _environment(home)
    prepared = subprocess.run(
        [sys.executable, str(HERE / "prepare_live.py")],
        env=environment,
        check=True,
        timeout=300,
        stdout=subprocess.PIPE,
    )
    port = _free_port()
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "liandong.cli.main", "serve", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        base = f"http://127.0.0.1:{port}"
        try:
            _wait(base, server)
            yield Others(base, json.loads(prepared.stdout.splitlines()[-1]))
        finally:
            server.terminate()
            server.wait(timeout=30)


@dataclass
class Others:
    """The others at work on a live site: what they do comes from elsewhere, through the API, not from a browser."""

    base: str
    tokens: dict[str, str]

    def post(self, who: str, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        """One command of somebody else; the answer."""
        call = urllib.request.Request(
            self.base + path,
            json.dumps(fields).encode(),
            {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(call, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def case(self, no: str) -> dict[str, Any]:
        """The case as the desk sees it."""
        call = urllib.request.Request(
            f"{self.base}/api/v1/cases/{no}", headers={"Authorization": f"Bearer {self.tokens['desk']}"}
        )
        with urllib.request.urlopen(call, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def register(self) -> str:
        """A call-taker elsewhere registers a call; the case's number."""
        n = next(_calls)
        fields = {
            "kind": "complaint",
            "summary": WORDS.format(n=n),
            "safety": dict.fromkeys(("life", "property", "public"), "no"),
            "received_at": datetime.now(UTC).isoformat(),
            "source": {"channel": "110", "ref": f"others-{n}"},
        }
        return str(self.post("desk", "/api/v1/cases", fields)["no"])

    def dispatch(self, no: str, unit: str = "CG", matter: str = "CG-02") -> None:
        """The desk dispatches a case."""
        fields = {"lead_unit": unit, "class": "general", "matter": matter, "basis": "职责条款与地点"}
        self.post("desk", f"/api/v1/cases/{no}/commands/dispatch", fields)


def _wait(base: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            urllib.request.urlopen(f"{base}/login", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError("the server does not answer")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the pack, the demonstration accounts and no case."""
    yield from _serve(tmp_path_factory.mktemp("site"), 0)


@pytest.fixture(scope="session")
def full_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server whose desk has 5,000 cases in one queue."""
    yield from _serve(tmp_path_factory.mktemp("full"), MANY)


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    """A whole ``liandong serve`` with the pack, the demonstration accounts and no case, and people who work on it."""
    yield from _serve_live(tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="session")
def live_site(others: Others) -> str:
    """The address of that server."""
    return others.base


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the store of ``demo_site`` lies."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def demo_site(demo_home: Path) -> Iterator[str]:
    """The address of a whole ``liandong serve`` on a demonstration district: cases in every state, a month of history."""
    home = demo_home
    call = [sys.executable, "-m", "liandong.cli.main"]
    messages = Path(__file__).resolve().parents[2] / "packs/qijiang/samples/messages.jsonl"
    with (home / "server.log").open("wb") as log:
        made = [*call, "demo", "--messages", str(messages)]
        subprocess.run(made, env=_environment(home), check=True, timeout=300, stdout=log, stderr=log)
        port = _free_port()
        serve = [*call, "serve", "--port", str(port)]
        server = subprocess.Popen(
            serve, env=_environment(home), stdout=log, stderr=log, start_new_session=True
        )
        base = f"http://127.0.0.1:{port}"
        try:
            _wait(base, server)
            yield base
        finally:
            server.terminate()
            server.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Seat:
    """One person before one browser."""

    page: Page
    context: BrowserContext
    base: str
    errors: list[str]

    def open(self, path: str) -> int:
        """Go to a path; the status."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        return answer.status

    def do(self, no: str, command: str) -> None:
        """Open a command's form on the case page, as a person does."""
        self.open(f"/cases/{no}")
        self.page.click(f'.side a[href$="/do/{command}"]')
        self.page.wait_for_selector(f'form[data-command="{command}"]')

    def fill(self, **values: str) -> None:
        """Fill inputs of the open form by name."""
        for name, value in values.items():
            field = self.page.locator(f'#form [name="{name.replace("__", "-")}"]')
            kind = field.first.evaluate("e => e.tagName + ':' + e.type")
            if kind.startswith("SELECT"):
                field.select_option(value)
            elif kind.endswith("radio"):
                self.page.check(f'#form [name="{name}"][value="{value}"]')
            else:
                field.fill(value)

    def send(self) -> None:
        """Submit the open form and wait for its answer."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.click("#form form button[type=submit], form#form button[type=submit]")
        self.page.wait_for_load_state()
        self.page.wait_for_function("() => !document.querySelector('.htmx-request')")

    def text(self) -> str:
        """What the page says."""
        return self.page.inner_text("main")


@pytest.fixture
def sit(browser: Browser) -> Iterator[Callable[..., Seat]]:
    """``sit(site, "desk")``: a browser of one's own, signed in; no script error is forgiven."""
    seats: list[Seat] = []

    def make(base: str, user: str, password: str = PASSWORD) -> Seat:
        context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 900})
        context.set_default_timeout(10_000)
        page = context.new_page()
        seat = Seat(page, context, base, [])
        page.on("pageerror", lambda error: seat.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                seat.errors.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        page.goto(base + "/login")
        page.fill("#username", user)
        page.fill("#password", password)
        page.click("main form button")
        page.wait_for_url(lambda address: not address.endswith("/login"))
        seats.append(seat)
        return seat

    yield make
    for seat in seats:
        seat.context.close()
    assert [error for seat in seats for error in seat.errors] == []


WORDS = "古南街道天桥路口垃圾堆了三天没人清运，味道很大，来电第{n}次"


def register(seat: Seat, *, words: str | None = None, safe: bool = True) -> str:
    """Register a call as a call-taker does; the case's number."""
    seat.open("/desk/register")
    page = seat.page
    page.fill("[name=content]", words or WORDS.format(n=next(_calls)))
    page.fill("[name=place-text]", "古南街道天桥路口")
    for question in ("life", "property", "public"):
        page.check(f"[name={question}][value={'no' if safe else 'unknown'}]")
    page.select_option("[name=kind]", "complaint")
    page.fill("[name=caller-name]", "张三丰")
    page.fill("[name=caller-phone]", "13812341234")
    page.click("[data-act=register]")
    page.wait_for_selector("#said [data-no]")
    return page.get_attribute("#said [data-no]", "data-no") or ""


def dispatch(seat: Seat, no: str, unit: str = "CG", matter: str = "CG-02") -> None:
    """Dispatch a case by hand."""
    seat.do(no, "dispatch")
    seat.fill(lead_unit=unit, matter=matter, basis="职责条款与地点")
    seat.page.check('#form [name=class][value="general"]')
    seat.send()
    seat.page.wait_for_url(f"**/cases/{no}")
