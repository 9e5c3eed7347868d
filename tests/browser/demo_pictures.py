"""Pictures of the registers, evaluation and reports, taken from a demonstration that is served.

LIANDONG_PICTURES=docs/pictures python tests/browser/demo_pictures.py http://127.0.0.1:8000
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent))
from pictures import LAPTOP, PHONE, picture

PASSWORD = "Liandong-2018"
CHROMIUM = "/usr/bin/chromium"


def seat(browser: Browser, base: str, who: str, size: tuple[int, int]) -> Page:
    """Somebody of the demonstration, signed in."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, locale="zh-CN", base_url=base
    )
    page = context.new_page()
    page.goto("/")
    page.fill("[name=username]", who)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav")
    return page


def follows(page: Page, start: str, *links: str) -> None:
    """From a list on, one link after the other."""
    page.goto(start)
    for link in links:
        page.locator(link).first.click()
        page.wait_for_load_state()


def take(base: str) -> None:
    """All of them."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        duty = seat(browser, base, "duty_office", LAPTOP)
        follows(duty, "/evaluation/", "text=上一期")
        picture(duty, "evaluation")
        follows(duty, "/registers/supervision_slip/?state=lifted", "main table a")
        picture(duty, "slip")
        follows(duty, "/registers/drill/?state=calling", "main table a", "text=点名板")
        picture(duty, "roll-call")
        duty.goto("/registers/readiness")
        picture(duty, "readiness")
        follows(duty, "/registers/meeting/quarter/", "main a:text-matches('^20..Q.$')")
        picture(duty, "quarter")
        follows(duty, "/duty/major", "main h2 a, main h3 a")
        picture(duty, "incident")
        follows(duty, "/reports/", "main table a:has-text('周报')")
        picture(duty, "report")
        follows(duty, "/registers/vehicle_use/patrol")
        picture(duty, "patrol")
        duty.goto("/registers/vehicle_mark/")
        row = duty.locator("main table tr:has-text('00011')").inner_text()
        number = re.findall(r"綦联动\d{4}-\d{4}", row)[0]
        phone = seat(browser, base, "ga", PHONE)
        phone.goto("/check/mark")
        phone.fill("#number", number)
        phone.fill("#plate", "渝B00011")
        phone.keyboard.press("Enter")
        phone.wait_for_load_state()
        phone.wait_for_selector("text=区交委")
        picture(phone, "mark-check-phone")
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1])
