"""An honest "don't know": what says nothing gets no guess with confidence, but a question to the caller."""

from __future__ import annotations

import pytest

from liandong.triage.router import Router

NOTHING = {
    "empty": "",
    "blank": " \n\t　",
    "one character": "嗯",
    "two characters": "喂喂",
    "English": "hello, is anybody there? please call me back",
    "digits only": "12345678",
    "a phone number only": "13812341234",
    "a phone number in full width": "１３８ １２３４ １２３４",
    "emoji": "😀😀🙏🙏",
    "control characters": "\x00\x01\x02\x1b[31m\u200b\u202e",
    "punctuation": "……？？？！！！",
    "markup": "<script>alert(1)</script>",
    "SQL": "'; DROP TABLE casework_case; --",
    "lone surrogate": "\ud800",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_what_says_nothing_gets_no_confident_guess(router: Router, text: str) -> None:
    answer = router.route(text)
    assert not answer["auto"]
    assert answer["confidence"] < 0.3
    assert answer["ask"], "the desk is told what to ask"
    assert answer["emergency"]["reasons"], "EB-R9: silent or foreign callers may be in danger"
    assert not answer["emergency"]["flag"]
    assert answer["matters"] == []


@pytest.mark.parametrize("text", ["路灯不亮" * 25_000, "一" * 100_000, "\ufdfa" * 100_000, "停电，" * 33_000])
def test_a_hundred_thousand_characters_are_answered(router: Router, text: str) -> None:
    answer = router.route(text)
    assert len(answer["suggestions"]) >= 3
    assert not answer["auto"], "the middle of it was not read"


def test_traditional_characters_are_read_like_simplified_ones(router: Router) -> None:
    plain, old = "小区门口的路灯坏了几天，晚上黑得很", "小區門口的路燈壞了幾天，晚上黑得很"
    assert (
        router.route(old)["suggestions"][0]["unit"] == router.route(plain)["suggestions"][0]["unit"] == "CG"
    )


def test_words_nobody_has_said_before_lower_the_confidence(router: Router) -> None:
    known = router.route("小区门口的路灯坏了几天")["confidence"]
    strange = router.route("齄齉龘靐齾龗麤鱻爩鸜籲龥")["confidence"]
    assert strange < 0.3 < known


@pytest.mark.parametrize("text", ["我要反映一个问题", "想咨询一下", "有个事情要投诉", "你们管不管嘛"])
def test_a_call_that_names_no_matter_is_asked_what_it_is_about(router: Router, text: str) -> None:
    answer = router.route(text)
    assert not answer["auto"]
    assert answer["ask"]
    assert answer["confidence"] < 0.8
