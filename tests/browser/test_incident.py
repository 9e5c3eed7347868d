"""An incident from the call to the closing review, each step by the person whose step it is (R39–R44, R52, C7)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .conftest import register


def test_an_incident_from_the_call_to_the_review(site, sit):
    """Registered, graded by numbers, disposed jointly, reported in writing, commanded, reviewed."""
    desk = sit(site, "desk")
    page = desk.page
    no = register(desk, words="小区里燃气味道很大，可能有人晕倒", safe=False)

    # 等级研判: the numbers propose while one types; the person decides
    desk.open(f"/incidents/{no}/level")
    page.fill("#n-dead", "2")
    expect(page.locator(".proposal")).to_contain_text("再有1人死亡，即为较大")
    expect(page.locator("#l-general")).to_be_checked()
    page.fill("#n-dead", "3")
    expect(page.locator("#l-larger")).to_be_checked()
    expect(page.locator("#grade-reason")).to_have_value(re.compile("3人以上10人以下死亡"))
    page.fill("#grade-reason", "现场报告死亡3人")
    page.check("#f-spreading")
    expect(page.locator(".proposed")).to_contain_text("重大")
    expect(page.locator("#grade-reason")).to_have_value("现场报告死亡3人")

    # 联合处置: one sending
    desk.open(f"/incidents/{no}/joint")
    page.fill("#joint-reason", "燃气泄漏，有人被困")
    before = page.locator("#joint-units :checked").count()
    page.click('[data-preset-of="joint-units"]:has-text("水电气公司")')
    assert page.locator("#joint-units :checked").count() > before
    page.check('[name="level"][value="larger"]')
    page.fill("#joint-level-reason", "现场报告死亡3人")
    page.click("text=同时发出")
    page.wait_for_url(f"**/cases/{no}")
    expect(page.locator("#case-head")).to_contain_text("转警务")
    expect(page.locator("#case-head")).to_contain_text("较大")

    # 电话报告 and the draft of the written one
    desk.open(f"/duty/major/{no}")
    page.fill("#callee", "区政府值班室王主任")
    page.fill("#said", "燃气泄漏，死亡3人")
    page.fill("#evidence", "录音 0611")
    page.click("text=已电话报告")
    page.wait_for_selector("text=“电话报告”已完成")
    page.click("text=起草书面报告")
    expect(page.locator("#part-measures")).to_have_value(re.compile("先期处警"))
    page.fill("#part-loss", "死亡3人")
    page.click("text=存稿，送签发")
    page.wait_for_selector(".steps-line")
    report = page.url

    lead = sit(site, "desk_lead")
    lead.page.goto(report)
    lead.page.click('form[action$="/sign"] button')
    lead.page.wait_for_selector("text=已签发，文稿不再改动")
    page.goto(report)
    page.click('form[action$="/deliver"] button')
    page.wait_for_selector("text=等区政府值班室签收")

    duty = sit(site, "duty_office")
    duty.open("/duty/major")
    duty.page.click(f'a[href$="{report.rsplit("/", 1)[1]}"]')
    duty.page.click('form[action$="/receive"] button')
    duty.page.wait_for_selector("text=已签收，时间和人已记下")

    # the duty office commands: a resource, and what two incidents cannot both have
    duty.open(f"/incidents/{no}/means")
    duty.page.select_option("#assign-resource", "V-06")
    duty.page.fill("#assign-task", "关阀抢险")
    duty.page.click('form[action$="/assign"] button')
    duty.page.wait_for_selector(".mean-used")
    duty.page.select_option("#assign-resource", "V-06")
    duty.page.fill("#assign-task", "再派一次")
    duty.page.click('form[action$="/assign"] button')
    expect(duty.page.locator(".refusal")).to_contain_text("已经派到本事件")
    duty.page.click('form[action$="/release"] button >> nth=0')
    duty.page.wait_for_selector("text=“归队”已记下")
    duty.open(f"/incidents/{no}/log")
    for words in ("转警务", "燃气抢险车", "初报"):
        expect(duty.page.locator("#log")).to_contain_text(words)

    # over: the review
    desk.open(f"/cases/{no}/do/police_done")
    page.check('[name="outcome"][value="handled"]')
    page.click("#form button[type=submit]")
    page.wait_for_url(f"**/cases/{no}")
    expect(page.locator("#case-head")).to_contain_text("已办结")
    duty.open(f"/incidents/{no}/review")
    expect(duty.page.locator("main")).to_contain_text("计划时限与实际")
    duty.page.fill("#w-lessons", "街道确认太慢")
    duty.page.click("button:has-text('保存')")
    duty.page.wait_for_selector("text=已保存")
    duty.page.click("button:has-text('定稿')")
    duty.page.wait_for_selector("text=已定稿")
