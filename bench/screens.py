"""First contentful paint and weight of every console, in headless Chromium, with 100,000 cases in the store.

Each measurement is a browser of its own with an empty cache; the server has served the page before. The paint is the
browser's own entry; the weight is what came over the line (compressed where the server compresses), page and assets
apart. Goals: paint under 500 ms (median of 5); desk, unit and case pages under 200 kB, pages with charts under 450 kB.
CASES=10000 TIMES=3 make it shorter; QUICK=1 does so by itself.
"""

from __future__ import annotations

import json
import os
import re
import statistics
from typing import Any, NamedTuple

from harness import KINDS, QUICK, ROOT, Store, absent, database, emit, say, serving
from wire import Wire

CASES = int(os.environ.get("CASES", "5000" if QUICK else "100000"))
OPEN = int(os.environ.get("OPEN", "600" if QUICK else "3000"))
TIMES = int(os.environ.get("TIMES", "3" if QUICK else "5"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
PAINT_MS, WORK_KB, CHART_KB = 500.0, 200.0, 450.0
_CASE = re.compile(r'href="(/cases/[A-Z]+-\d+-\d+-\d+-\d)')


class Console(NamedTuple):
    """A page, who opens it, and what it may weigh."""

    name: str
    role: str
    path: str
    most_kb: float


CONSOLES = (
    Console("desk", "desk", "/desk/", WORK_KB),
    Console("unit", "unit", "/unit/", WORK_KB),
    Console("duty office", "duty_office", "/duty/", WORK_KB),
    Console("case", "desk", "", WORK_KB),
    Console("figures", "duty_office", "/figures/", CHART_KB),
    Console("board", "duty_office", "/duty/board", CHART_KB),
    Console("search", "desk", "/cases/?q=路灯", WORK_KB),
)
PAINT = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return paint ? paint.startTime : null;
}"""


class Look(NamedTuple):
    """One opening of a page: milliseconds to the paint, bytes of the page, of its assets, and requests."""

    paint: float
    page: int
    assets: int
    requests: int


def look(browser: Any, base: str, cookie: str, path: str) -> Look:
    """Open a page in a new browser context: nothing is cached."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes = {"page": 0, "assets": 0}
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))

    def loaded(event: dict[str, Any]) -> None:
        kind = kinds.get(event["requestId"], "")
        if kind != "EventSource":
            sizes["page" if kind == "Document" else "assets"] += int(event["encodedDataLength"])

    network.on("Network.loadingFinished", loaded)
    try:
        answer = page.goto(base + path, wait_until="load")
        if answer is None or answer.status != 200:
            raise RuntimeError(f"{path}: {answer and answer.status}")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
        page.wait_for_timeout(300)
        return Look(float(page.evaluate(PAINT)), sizes["page"], sizes["assets"], len(kinds))
    finally:
        context.close()


def there(port: int, cookie: str, path: str) -> bool:
    """Whether the server has this page; asked twice, so that both of its processes have loaded what it needs."""
    status = 0
    for _ in range(4):
        with Wire(port, {"Cookie": f"sessionid={cookie}"}) as wire:
            status = wire.get(path.replace("路灯", "%E8%B7%AF%E7%81%AF")).status
    return status == 200


def a_case(port: int, cookie: str) -> str:
    """The path of some case that the units work on."""
    with Wire(port, {"Cookie": f"sessionid={cookie}"}) as wire:
        found = _CASE.search(wire.get("/desk/?queue=units").body.decode())
    if found is None:
        raise RuntimeError("no case on the desk's list")
    return found[1]


def consoles(kind: str, store: Store, browser: Any) -> None:
    """Every console of one store."""
    made = store.python(
        str(ROOT / "bench" / "live_sessions.py"),
        json.dumps(dict.fromkeys(("desk", "unit", "duty_office"), 1)),
    )
    cookies = {role: cookie for role, unit, cookie in json.loads(made) if role != "unit" or unit == "CG"}
    part = f"screens {kind}"
    with serving(store) as served:
        base = f"http://127.0.0.1:{served.port}"
        for console in CONSOLES:
            cookie = cookies[console.role]
            path = console.path or a_case(served.port, cookie)
            if not there(served.port, cookie, path):
                absent(part, console.name, f"{path} is not there")
                continue
            looks = [look(browser, base, cookie, path) for _ in range(TIMES)]
            paints = sorted(one.paint for one in looks)
            paint = statistics.median(paints)
            shown = " ".join(f"{value:.0f}" for value in paints)
            emit(
                part,
                f"{console.name}: first contentful paint, {CASES} cases",
                f"{paint:.0f} ms ({shown})",
                f"< {PAINT_MS:.0f} ms",
                paint < PAINT_MS,
            )
            last = looks[-1]
            weight = (last.page + last.assets) / 1000
            text = f"{weight:.0f} kB: page {last.page / 1000:.0f}, {last.requests - 1} assets {last.assets / 1000:.0f}"
            emit(
                part,
                f"{console.name}: weight with an empty cache",
                text,
                f"< {console.most_kb:.0f} kB",
                weight < console.most_kb,
            )


def main() -> None:
    """The consoles on the first database of the run: what a browser paints does not depend on the database's kind."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        absent("screens", "consoles", str(error))
        return
    kind = KINDS[0]
    with database(kind) as make, sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except Error as error:
            absent("screens", "consoles", str(error).splitlines()[0])
            return
        store = make()
        say(f"{kind}: {store.python(str(ROOT / 'bench' / 'fill.py'), str(CASES), str(OPEN)).strip()}")
        consoles(kind, store, browser)
        browser.close()


if __name__ == "__main__":
    main()
