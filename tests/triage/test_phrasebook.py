"""The phrasebook: the shipped one is complete, varied and without persons; a broken one is refused with file and reason."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest

from liandong.rules.masking import strip
from liandong.triage import phrasebook, training
from liandong.triage.catalogue import units_of
from liandong.triage.phrasebook import Phrase, Phrasebook, PhrasebookError, worn
from liandong.triage.router import Router

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
FALSE_ALARMS = 0.001
"""Masking takes a word for a name now and then («师傅有没得» after a surname); in so many texts it may."""


@pytest.fixture(scope="module")
def book() -> Phrasebook:
    return training.book_of(PACK)


def police_classes() -> dict[str, list[str]]:
    """EB1–EB14: the catalogue matters of each never-divert class."""
    data = tomllib.loads((PACK / "catalogue.toml").read_text(encoding="utf-8"))
    classes: dict[str, list[str]] = defaultdict(list)
    for entry in data["entry"]:
        for matter in entry["matter"]:
            if "never_divert" in matter:
                classes[matter["never_divert"]].append(matter["code"])
    return classes


# ---- the book that is shipped


def test_thirty_texts_for_each_matter_that_a_citizen_can_raise_and_each_residual_one(
    book: Phrasebook,
) -> None:
    police = {code for codes in police_classes().values() for code in codes}
    count = Counter(one.matter for one in book.phrases)
    wanted = [code for code in (*book.raised, *book.residual) if code not in police]
    assert len(wanted) > 150
    assert {code: count[code] for code in wanted if count[code] < 30} == {}


@pytest.mark.parametrize("danger_class", [f"EB{number}" for number in range(1, 15)])
def test_sixty_texts_for_each_class_that_is_never_diverted(book: Phrasebook, danger_class: str) -> None:
    codes = police_classes()[danger_class]

    def speaks(one: Phrase) -> bool:
        if danger_class == "EB7":  # complaints about police are theirs without danger (R19)
            return one.keep and one.matter in codes
        return one.danger and book.classes.get(one.matter, one.matter) in codes

    assert sum(map(speaks, book.phrases)) >= 60


def test_every_class_of_the_requirements_has_a_matter() -> None:
    assert set(police_classes()) == {f"EB{number}" for number in range(1, 15)}


def test_no_text_stands_twice_and_none_is_a_template(book: Phrasebook) -> None:
    assert len({one.text for one in book.phrases}) == len(book.phrases)
    assert worn(book.phrases) == {}


def test_every_phrase_can_be_read_by_the_router(book: Phrasebook, router: Router) -> None:
    empty = [one.text for one in book.phrases if not router.clean(one.text).strip()]
    marked = [one.text for one in book.phrases if "|" in one.text or "\t" in one.text]
    length = [one.text for one in book.phrases if not 2 <= len(one.text) <= 400]
    assert (empty, marked, length) == ([], [], [])


def test_every_unit_of_the_catalogue_has_texts(book: Phrasebook) -> None:
    units = {*units_of(PACK).values(), *(one.unit for one in book.residual.values())}
    assert units - {one.unit for one in book.phrases} == set()


def test_whoever_leads_is_accepted_and_in_danger_the_police_lead(book: Phrasebook) -> None:
    assert all(one.unit in one.accepted for one in book.phrases)
    assert {one.unit for one in book.phrases if one.danger} == {"GA"}
    assert not any(one.danger and (one.ask or one.keep) for one in book.phrases)


def test_no_phone_or_identity_number_stands_in_the_book(book: Phrasebook) -> None:
    number = re.compile(r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|\d{17}[\dXx]|\d{15}|0\d{2,3}[- ]\d{7,8}")
    assert [one.text for one in book.phrases if number.search(one.text)] == []


def test_the_book_holds_no_person(book: Phrasebook) -> None:
    """What masking would take out of a text is a false alarm, and rare: those that remain are shown."""
    changed = {one.text: strip(one.text) for one in book.phrases if strip(one.text) != one.text}
    for text, stripped in changed.items():
        print(f"{text} → {stripped}")
    assert len(changed) <= FALSE_ALARMS * len(book.phrases), changed


def test_the_digest_follows_what_a_model_learns(book: Phrasebook) -> None:
    first = book.phrases[0]
    for other in (
        Phrase(first.text + "了", *fields(first)[1:]),
        Phrase(first.text, "CG-01" if first.matter != "CG-01" else "CG-02", *fields(first)[2:]),
    ):
        changed = Phrasebook((other, *book.phrases[1:]), book.residual, book.raised, book.classes)
        assert changed.digest() != book.digest()


def fields(one: Phrase) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in Phrase.__slots__)


# ---- books of a district

INDEX = """
raised = ["CG-01"]
[class]
SWJ-01 = "GA-18"
[[residual]]
code = "QT-01"
unit = "QT"
name = "话费"
catalogue = "none"
clause = "AMB19"
"""
SETS = """
source = "来电"
from = 2018-05-01
[[set]]
matter = "CG-01"
texts = '''
垃圾没人收 | alt JZ GT
路灯不亮，垃圾也没人收 | also SWJ-01
'''
[[set]]
matter = "SWJ-01"
danger = true
near = "CG-01"
texts = '''
河水漫上来了
'''
[[set]]
matter = "QT-01"
from = 2020-01-01
to = 2021-01-01
texts = '''
话费扣多了
'''
"""
CATALOGUE = {"CG-01": "CG", "SWJ-01": "SWJ", "GA-18": "GA", "GT-01": "GT"}


@pytest.fixture
def written(tmp_path: Path) -> Path:
    (tmp_path / "index.toml").write_text(INDEX, encoding="utf-8")
    (tmp_path / "city.toml").write_text(SETS, encoding="utf-8")
    return tmp_path


def test_a_phrase_says_who_leads_who_is_right_as_well_and_what_else_it_speaks_of(written: Path) -> None:
    first, second, danger, bill = phrasebook.read(written, CATALOGUE).phrases
    assert (first.text, first.unit, first.accepted) == (
        "垃圾没人收",
        "CG",
        frozenset({"CG", "JZ", "GT"}),
    )
    assert second.also == ("SWJ-01",)
    assert (danger.matter, danger.unit, danger.danger, danger.near) == ("SWJ-01", "GA", True, "CG-01")
    assert (bill.matter, bill.unit, bill.source) == ("QT-01", "QT", "city.toml")


@pytest.mark.parametrize(
    ("on", "texts"),
    [
        (date(2018, 4, 30), 0),
        (date(2018, 5, 1), 3),
        (date(2019, 12, 31), 3),
        (date(2020, 1, 1), 4),
        (date(2020, 12, 31), 4),
        (date(2021, 1, 1), 3),
        (None, 4),
    ],
)
def test_a_set_out_of_force_on_the_day_is_left_out(written: Path, on: date | None, texts: int) -> None:
    assert len(phrasebook.read(written, CATALOGUE, on).phrases) == texts


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("index.toml", "raised =", "rised =", "unknown keys"),
        ("index.toml", 'raised = ["CG-01"]', 'raised = ["CG-77"]', "CG-77"),
        ("index.toml", 'SWJ-01 = "GA-18"', 'SWJ-01 = "GA-77"', "GA-77"),
        ("index.toml", 'catalogue = "none"', 'catalogue = "XX-01"', "XX-01"),
        ("index.toml", 'name = "话费"', 'nam = "话费"', "nam"),
        ("index.toml", 'clause = "AMB19"', "", "clause"),
        ("index.toml", "[class]", "[class", "TOML"),
        ("city.toml", 'source = "来电"', 'sauce = "来电"', "unknown keys"),
        ("city.toml", "danger = true", "danger = 1", "true or false"),
        ("city.toml", "danger = true", "dangerous = true", "dangerous"),
        ("city.toml", 'matter = "CG-01"', 'matter = "CG-99"', "CG-99"),
        ("city.toml", 'matter = "CG-01"', "", "unknown matter"),
        ("city.toml", 'near = "CG-01"', 'near = "CG-99"', "CG-99"),
        ("city.toml", "alt JZ GT", "alt JZ ABC", "alt JZ ABC"),
        ("city.toml", "alt JZ GT", "alt", "no note"),
        ("city.toml", "alt JZ GT", "alternative JZ", "no note"),
        ("city.toml", "also SWJ-01", "also SWJ-99", "SWJ-99"),
        ("city.toml", "河水漫上来了", "垃圾没人收", "already"),
        ("city.toml", "from = 2018-05-01", "", "dates"),
        ("city.toml", "from = 2020-01-01", 'from = "2020"', "dates"),
        ("city.toml", "to = 2021-01-01", "to = 2021-01-01T00:00:00", "dates"),
        ("city.toml", "texts = '''\n河水漫上来了\n'''", "", "texts"),
        ("city.toml", "texts = '''\n河水漫上来了\n'''", "texts = ['河水漫上来了']", "texts"),
    ],
)
def test_a_broken_book_is_refused_with_file_and_reason(
    written: Path, file: str, old: str, new: str, reason: str
) -> None:
    path = written / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PhrasebookError) as caught:
        phrasebook.read(written, CATALOGUE)
    assert file in str(caught.value)
    assert reason in str(caught.value)


def test_a_text_of_another_file_counts_as_the_same(written: Path) -> None:
    (written / "country.toml").write_text(
        "from = 2018-05-01\n[[set]]\nmatter = \"GT-01\"\ntexts = '''\n垃圾没人收\n'''\n", encoding="utf-8"
    )
    with pytest.raises(PhrasebookError, match=r"country\.toml.*垃圾没人收.*city\.toml"):
        phrasebook.read(written, CATALOGUE)


def test_a_book_without_index_or_in_another_encoding_is_refused(written: Path, tmp_path: Path) -> None:
    (written / "city.toml").write_bytes("source = '来电'".encode("gb18030"))
    with pytest.raises(PhrasebookError, match=r"city\.toml: is not valid TOML in UTF-8"):
        phrasebook.read(written, CATALOGUE)
    (written / "index.toml").unlink()
    with pytest.raises(PhrasebookError, match=r"index\.toml: cannot be read"):
        phrasebook.read(written, CATALOGUE)


def test_a_run_that_four_texts_share_is_worn(written: Path) -> None:
    phrases = phrasebook.read(written, CATALOGUE).phrases
    three = [Phrase(f"{n}门口路灯不亮", *fields(phrases[0])[1:]) for n in "甲乙丙"]
    assert worn(three) == {}
    assert set(worn([*three, Phrase("丁门口路灯不亮了", *fields(phrases[0])[1:])])) == {"门口路灯不亮"}
