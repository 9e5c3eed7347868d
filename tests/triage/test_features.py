"""Features of a text: the same everywhere, bounded, blind to how a word was misheard, and no way back to the text."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.triage import features
from support import synthetic

TEXT = "菜市口垃圾堆起几天没人来清运，臭得遭不住 abc 123"
ANY = st.text(st.one_of(st.characters(), st.characters(categories=["Cs"])), max_size=300)
PRINT = (
    "import sys; from liandong.triage import features\n"
    "table = features.sounds_of({'菜': 'cai', '市': 'shi', '口': 'kou', '垃': 'la', '圾': 'ji', '堆': 'dui'})\n"
    "names, counts = features.counted(sys.argv[1], table)\n"
    "print(names.tobytes().hex(), counts.tolist())"
)


def test_another_process_with_another_hash_seed_finds_the_same_features() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINT, TEXT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "4242")
    }
    assert len(printed) == 1
    assert len(printed.pop()) > 100


def test_the_hashes_of_a_text_never_change() -> None:
    """A stored model and stored precedents are worthless when they do: format and version would have to change."""
    assert features.hashes("停水").tolist() == [1216699570, 3563588644, 3881763784]


def test_a_hundred_thousand_characters_cost_no_more_than_the_first_two_thousand() -> None:
    long = "".join(chr(0x4E00 + (n * 7919) % 20000) for n in range(100_000))
    sounds = synthetic.syllables()
    began = time.perf_counter()
    found, counts = features.counted(long, sounds)
    seconds = time.perf_counter() - began
    assert seconds < 0.1
    assert len(found) <= 3 * features.LONGEST
    assert np.array_equal(found, features.hashes(long[: features.LONGEST], sounds))
    assert counts.sum() <= 3 * features.LONGEST


@given(ANY)
def test_no_string_raises(text: str) -> None:
    found, counts = features.counted(text, synthetic.syllables())
    assert len(found) == len(counts)
    assert (np.diff(found.astype(np.int64)) > 0).all()
    assert len(found) <= 3 * max(len(text), 1)
    values = features.weigh(np.ones(len(found), np.float32), counts)
    assert not len(found) or np.dot(values, values) == pytest.approx(1, abs=1e-4)


@given(ANY, ANY)
def test_nothing_reaches_over_a_break(left: str, right: str) -> None:
    apart = set(features.hashes(f"{left}。{right}").tolist())
    assert apart == {*features.hashes(left).tolist(), *features.hashes(right).tolist()}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("挺水", "停水"),  # heard almost right: -n and -ng alone are one
        ("牛奶", "流来"),  # n and l
        ("湖水", "符水"),  # h before u and f
        ("知识", "姿势"),  # curled and flat tongue
        ("经历", "今力"),
    ],
)
def test_what_sounds_alike_shares_its_sound(said: str, meant: str) -> None:
    sounds = synthetic.syllables()
    shared = set(features.hashes(said, sounds).tolist()) & set(features.hashes(meant, sounds).tolist())
    assert any(name & 1 for name in shared)


@pytest.mark.parametrize(("said", "other"), [("停水", "停电"), ("班长", "帮忙"), ("活动", "佛洞")])
def test_what_sounds_different_shares_no_sound(said: str, other: str) -> None:
    sounds = synthetic.syllables()
    shared = set(features.hashes(said, sounds).tolist()) & set(features.hashes(other, sounds).tolist())
    assert not any(name & 1 for name in shared)


def test_a_character_that_no_table_knows_has_no_sound() -> None:
    table = features.sounds_of({"停": "ting", "水": "shui"})
    assert any(name & 1 for name in features.hashes("停水", table).tolist())
    assert not any(name & 1 for name in features.hashes("停电", table).tolist())


def test_a_repeated_word_counts_more_but_ever_less_so() -> None:
    def share(times: int) -> float:
        found, counts = features.counted("。".join(["水"] * times + ["电"]))
        values = features.weigh(np.ones(len(found), np.float32), counts)
        return float(values.max())

    one, two, three = share(1), share(2), share(3)
    assert one < two < three < 1
    assert three - two < two - one


def test_the_words_an_explanation_points_at_stand_in_the_text() -> None:
    points = features.code_points("路灯，不亮")
    at, names = features.pairs(points)
    assert at.tolist() == [0, 3]
    assert set(names.tolist()) <= set(features.hashes("路灯，不亮").tolist())
    assert len(features.pairs(features.code_points("路"))[0]) == 0


def test_a_saved_model_holds_no_stretch_of_any_text() -> None:
    model = synthetic.model()
    saved = model.to_bytes()
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        unpacked = b"".join(file.read(name) for name in file.namelist())
    phrases = {
        one.text[at : at + 4]
        for one in synthetic.examples()
        for at in range(len(one.text) - 3)
        if len(one.text[at : at + 4].encode("gb18030", "ignore")) == 8
    }
    assert len(phrases) > 500
    for encoding in ("utf-8", "utf-16-le", "utf-32-le", "gb18030"):
        for phrase in phrases:
            assert phrase.encode(encoding) not in saved, phrase
            assert phrase.encode(encoding) not in unpacked, phrase
    written_out = repr(sorted(model.meta.items()))
    assert not any(phrase in written_out for phrase in phrases)
