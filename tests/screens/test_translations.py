"""Whoever reads the pages in English gets every word of them in English, and the compiled catalogue is the written one."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.template.base import Lexer, TokenType

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "check_translations.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_translations", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check = _load()


@cache
def texts() -> dict[str, Any]:
    return check.collect()


@cache
def entries() -> dict[str, Any]:
    return check.read(check.CATALOGUE)


def test_every_text_of_the_pages_has_its_english() -> None:
    assert check.without_english(texts(), entries()) == []


def test_the_english_has_the_placeholders_of_the_chinese() -> None:
    assert check.with_other_holes(texts(), entries()) == []


def test_no_entry_is_left_that_nothing_uses() -> None:
    assert check.unused(texts(), entries()) == []


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    mo = check.CATALOGUE.with_suffix(".mo").read_bytes()
    assert check.spoken(mo) == check.spoken(check.compiled(entries()))


IN_CHINESE = {
    "500.html": "shown when nothing works any more, translation included; says it in both languages itself",
    "account/account.html": "the Chinese name of the Chinese language",
    "case/work_order.html": "a paper of the government",
    "duty/major.html": "words that go into the record",
    "duty/rule.html": "words that go into the record",
    "registers/mark_check.html": "a plate as an example",
    "reports/report.html": "the date of a paper of the government",
}
"""Templates that hold Chinese outside of gettext, and why."""


def _bare(source: str) -> list[str]:
    """The Chinese of a template that no translation reaches."""
    found, inside = [], False
    for token in Lexer(source).tokenize():
        words = token.contents
        if token.token_type == TokenType.BLOCK:
            name = token.split_contents()[0]
            if name in ("blocktranslate", "endblocktranslate"):
                inside = name == "blocktranslate"
            if name == "translate":
                continue
        if token.token_type != TokenType.TEXT:
            words = "" if token.token_type == TokenType.COMMENT else check.CALL.sub("", words)
        if not inside and check.CHINESE.search(words):
            found.append(token.contents)
    return found


def test_no_template_speaks_chinese_past_the_catalogue() -> None:
    templates = check.SOURCE / "screens" / "templates"
    bare = {
        path.relative_to(templates).as_posix()
        for path in templates.rglob("*.html")
        if _bare(path.read_text(encoding="utf-8"))
    }
    assert bare == set(IN_CHINESE)


def test_every_way_a_template_says_a_text_is_found() -> None:
    source = (
        '{% load i18n %}{% translate "甲" %}{% translate \'乙\' as b %}{{ x|default:_("丙") }}{% if x == _("丁") %}{% endif %}'
        "{% blocktranslate with n=x %}戊 {{ n }} 占 5%{% endblocktranslate %}"
        "{% blocktranslate count n=x %}己{% plural %}己 {{ n }}{% endblocktranslate %}"
    )
    assert set(check.in_template(source)) == {
        ("甲", ""),
        ("乙", ""),
        ("丙", ""),
        ("丁", ""),
        ("戊 %(n)s 占 5%%", ""),
        ("己", "己 %(n)s"),
    }


def test_every_way_python_says_a_text_is_found() -> None:
    code = (
        "from django.utils.translation import gettext as _, gettext_lazy, ngettext\n"
        'a = _("甲" "乙"); b = {"x": gettext_lazy("丙")}; c = ngettext("丁", "丁 {n}", 2)\n'
    )
    assert list(check.in_python(code)) == [("甲乙", ""), ("丙", ""), ("丁", "丁 {n}")]


def test_a_text_nobody_could_find_is_refused() -> None:
    with pytest.raises(ValueError, match="line 2"):
        list(check.in_python("from django.utils.translation import gettext\nx = gettext(name)\n"))


@pytest.mark.parametrize(
    ("chinese", "english", "file"),
    [
        ("{n} 件", "cases", "a.py"),
        ("%(n)s 件", "%(m)s cases", "a.html"),
        ("占 5%%", "5% of them", "a.html"),
    ],
)
def test_a_lost_or_broken_placeholder_is_named(chinese: str, english: str, file: str) -> None:
    text = check.Text(chinese, files=[file])
    wrong = check.with_other_holes({chinese: text}, {chinese: check.Entry(chinese, "", [english])})
    assert wrong == [chinese]


@pytest.mark.parametrize(
    ("english", "flags"), [([""], set()), ([], set()), (["Case 件"], set()), (["Case"], {"fuzzy"})]
)
def test_an_empty_a_guessed_and_a_half_chinese_entry_count_as_missing(
    english: list[str], flags: set[str]
) -> None:
    entry = check.Entry("案件", "", english, flags)
    assert check.without_english({"案件": check.Text("案件")}, {"案件": entry}) == ["案件"]


def test_what_is_written_is_read_again_and_compiled_with_its_plural(tmp_path: Path) -> None:
    texts = {
        "甲\n“乙”": check.Text("甲\n“乙”", files=["a.html"]),
        "丙": check.Text("丙", "丙 {n}", files=["b.py"]),
    }
    made = check.merged(
        texts,
        {"丙": check.Entry("丙", "丙 {n}", ["one", "{n} of them"])},
        {"甲\n“乙”": check.Entry("甲\n“乙”", "", ['A\n"B" \\ '])},
    )
    path = tmp_path / "django.po"
    path.write_text(check.written(made, texts), encoding="utf-8")
    again = check.read(path)
    assert {msgid: entry.english for msgid, entry in again.items()} == {
        "甲\n“乙”": ['A\n"B" \\ '],
        "丙": ["one", "{n} of them"],
    }
    assert check.spoken(check.compiled(again)) == {
        "甲\n“乙”": 'A\n"B" \\ ',
        ("丙", 0): "one",
        ("丙", 1): "{n} of them",
    }
