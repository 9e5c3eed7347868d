"""R65: a draw that anybody can repeat — the same seed and frame give the same sample, on any machine, in any order."""

from __future__ import annotations

import hashlib
import hmac
import random
import shutil
import subprocess
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liandong.rules import sampling

NUMBERS = [f"QJFL-500110-201806{day:02d}-{n:05d}-7" for day in range(1, 11) for n in range(1, 21)]
frames = st.dictionaries(st.sampled_from(NUMBERS), st.sampled_from(["CG", "JT", "HB", ""]), min_size=1)
seeds = st.text(min_size=1, max_size=40).filter(lambda text: text.encode("utf-8", "ignore").decode() == text)


@given(frames, seeds, st.data())
def test_a_sample_is_of_the_frame_without_replacement_and_of_the_size_asked(frame, seed, data):
    size = data.draw(st.integers(1, len(frame)))
    sample = sampling.draw(seed, frame, size)
    assert len(sample) == len(set(sample)) == size
    assert set(sample) <= set(frame)


@given(frames, seeds, st.randoms(use_true_random=False), st.data())
def test_the_order_in_which_a_frame_was_found_does_not_matter(frame, seed, shuffler, data):
    size = data.draw(st.integers(1, len(frame)))
    items = list(frame.items())
    shuffler.shuffle(items)
    assert sampling.draw(seed, dict(items), size) == sampling.draw(seed, frame, size)
    assert sampling.text_of(dict(items)) == sampling.text_of(frame)


@given(frames, st.data())
def test_every_stratum_gets_its_share_to_less_than_one(frame, data):
    size = data.draw(st.integers(1, len(frame)))
    drawn = Counter(frame[no] for no in sampling.draw("种子", frame, size))
    for stratum, count in Counter(frame.values()).items():
        assert abs(drawn[stratum] - size * count / len(frame)) < 1


@given(frames)
def test_a_frame_survives_its_text(frame):
    assert sampling.frame_of(sampling.text_of(frame)) == frame


@given(frames, seeds)
def test_a_bigger_unstratified_sample_begins_with_the_smaller_one(frame, seed):
    """So that enlarging a sample cannot be used to exchange what was drawn."""
    plain = dict.fromkeys(frame, "")
    whole = sampling.draw(seed, plain, len(plain))
    for size in range(1, len(plain)):
        assert sampling.draw(seed, plain, size) == whole[:size]


def test_more_than_there_is_says_how_much_there_is():
    with pytest.raises(sampling.TooMany) as found:
        sampling.draw("1", {"a": "", "b": ""}, 3)
    assert found.value.there_is == 2
    with pytest.raises(ValueError, match="seed"):
        sampling.draw("", {"a": ""}, 1)


def test_every_number_is_drawn_about_as_often_as_every_other():
    """4,000 draws of 20 out of 200: each is expected 400 times; six standard deviations are allowed (fixed seeds)."""
    frame = dict.fromkeys(NUMBERS, "")
    drawn = Counter(no for seed in range(4000) for no in sampling.draw(f"seed-{seed}", frame, 20))
    spread = 6 * (4000 * 0.1 * 0.9) ** 0.5
    assert set(drawn) == set(NUMBERS)
    assert all(abs(count - 400) < spread for count in drawn.values())


def test_one_draw_written_out_by_hand():
    """A fixed vector: whoever writes the algorithm anew must get the same."""
    frame = dict.fromkeys(NUMBERS[:50], "")
    by_hand = sorted(
        frame, key=lambda no: hmac.new("2018075期".encode(), no.encode(), hashlib.sha256).digest()
    )[:5]
    assert list(sampling.draw("2018075期", frame, 5)) == by_hand
    assert sampling.key_of("abc", "x") == hmac.new(b"abc", b"x", hashlib.sha256).hexdigest()


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed here")
def test_the_command_of_the_documentation_repeats_a_draw(tmp_path):
    """The shell line in the module's head, with nothing of ours, gives the same numbers."""
    frame = dict.fromkeys(random.Random(7).sample(NUMBERS, 30), "")
    (tmp_path / "frame.txt").write_text(sampling.text_of(frame), encoding="utf-8")
    head = sampling.__doc__ or ""
    line = head.split("By hand::")[1].replace("head -n SIZE", "head -n 4")
    answer = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env={"SEED": "20180701-07-15-22", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    drawn = tuple(one.split()[1] for one in answer.stdout.splitlines())
    assert drawn == sampling.draw("20180701-07-15-22", frame, 4)
