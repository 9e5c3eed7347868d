"""What axe finds serious on a page that stands still: colours in the middle of a transition are nobody's colours."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_AXE = Axe()
_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
}
_GRAVE = ("serious", "critical")
# From the top: what a page has scrolled beneath its own head is not too small, it is elsewhere.
_STILL = """() => (window.scrollTo({ top: 0, behavior: "instant" }), Promise.all(document.getAnimations()
  .filter(one => one.effect.getComputedTiming().endTime !== Infinity).map(one => one.finished.catch(() => null))))"""


def grave(page: Page) -> list[str]:
    """Each serious or critical finding, the first three places of a rule, a line each."""
    page.wait_for_function("() => !document.querySelector('.htmx-request')")
    page.evaluate(_STILL)
    answer = _AXE.run(page, options=_RULES).response
    return [
        f"{one['id']} at {node['target'][0]}: {node['html'][:160]} ({' '.join(node['failureSummary'].split())[:240]})"
        for one in answer["violations"]
        if one["impact"] in _GRAVE
        for node in one["nodes"][:3]
    ]
