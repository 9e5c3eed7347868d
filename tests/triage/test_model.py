"""A model file: what was saved is what serves, a damaged or foreign one is refused, and the pack's own fits the pack."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from liandong.triage import blend as blending
from liandong.triage import features, learn, training
from liandong.triage.model import Model, ModelError, Reading, load, summarise
from liandong.triage.phrasebook import Phrasebook
from liandong.triage.router import BASE_MODEL, Router
from support import synthetic

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
UNSEEN = (
    "垃圾没人清运，路灯也不亮",
    "停水两天，水管在漏水",
    "老师补课收费，学校食堂差",
    "楼上着火了有人困在里头",
    "",
    "12345",
)


@pytest.fixture(scope="module")
def model() -> Model:
    return synthetic.model()


@pytest.fixture
def saved(model: Model, tmp_path: Path) -> Path:
    path = tmp_path / "m1.npz"
    model.save(path)
    return path


def same(one: Reading, other: Reading) -> bool:
    arrays = all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("units", "matters", "best")
    )
    return arrays and (one.danger, one.alarm, one.known) == (other.danger, other.alarm, other.known)


def arrays_of(path: Path) -> dict[str, Any]:
    with np.load(path) as data:
        return {name: data[name] for name in data.files}


def rewrite(path: Path, **changed: Any) -> None:
    """The file again with other arrays (None: left out) or, by ``meta_KEY``, another value in its description."""
    arrays = arrays_of(path)
    meta = json.loads(arrays["meta"].tobytes())
    for name, value in changed.items():
        if name.startswith("meta_"):
            meta[name[5:]] = value
            if value is None:
                del meta[name[5:]]
        else:
            arrays[name] = value
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    np.savez_compressed(path, **{name: value for name, value in arrays.items() if value is not None})


# ---- round trip


def test_a_model_reads_the_same_after_saving_and_loading(model: Model, saved: Path) -> None:
    loaded = load(saved)
    assert dict(loaded.meta) == json.loads(json.dumps(dict(model.meta)))
    assert (loaded.version, loaded.units, loaded.matters) == (model.version, model.units, model.matters)
    for text in (*UNSEEN, *(one.text for one in synthetic.examples())):
        assert same(model.read(text), loaded.read(text))
        assert model.words(text, "unit", "CG") == loaded.words(text, "unit", "CG")


def test_the_digest_that_saving_returns_is_the_digest_of_the_file(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "below" / "m1.npz"
    assert model.save(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_equal_data_makes_equal_files() -> None:
    assert synthetic.model().to_bytes() == synthetic.model().to_bytes()


def test_a_text_of_nothing_known_reads_as_nothing_known(model: Model) -> None:
    assert model.read("").known == 0
    assert model.read("zzz qqq").known == 0
    assert 0 < model.read("停水了，好恼火").known < 1


def test_the_best_matter_of_a_unit_and_the_lead_of_danger_are_what_a_loop_finds(model: Model) -> None:
    reading = model.read("停水了有人拿刀")
    for at, unit in enumerate(model.units):
        own = [
            m
            for m, code in zip(reading.matters, model.matters, strict=True)
            if model.meta["owners"][code] == unit
        ]
        assert reading.best[at] == max(own)
    dangers = [m for m, code in zip(reading.matters, model.matters, strict=True) if code == "GA-18"]
    calm = [m for m, code in zip(reading.matters, model.matters, strict=True) if code != "GA-18"]
    assert reading.alarm == pytest.approx(max(dangers) - max(calm), abs=1e-6)
    assert model.owner_of(model.matters.index("GA-18")) == "GA"


def test_without_any_dangerous_matter_the_lead_of_danger_is_small() -> None:
    best, alarm = summarise(np.array([0.5, 0.1]), np.array([0, 1]), 2, np.array([False, False]))
    assert best.tolist() == [0.5, 0.1]
    assert alarm == -2.5


def test_the_words_shown_stand_in_the_text(model: Model) -> None:
    text = "菜市口垃圾没人清运，老师没意见"
    shown = model.words(text, "unit", "CG")
    assert shown
    assert all(word in text for word in shown)
    assert any("垃圾" in word for word in shown)
    assert model.words(text, "unit", "ABC") == []
    assert model.words("", "unit", "CG") == []


# ---- eight bits


def test_eight_bit_weights_change_no_first_unit_that_was_not_a_tie() -> None:
    """Against the same heads in full precision, on six hundred phrases the model was not trained on."""
    phrases = training.book_of(PACK).phrases
    clean = Router.rules_only(PACK).clean
    taught = learn.from_phrasebook(Phrasebook(phrases[::40], {}, (), {}), clean)
    asked = [clean(one.text) for one in phrases[1::33]][:600]
    small = learn.train(taught, synthetic.syllables(), {"version": "q"})
    found = [features.counted(one.text, synthetic.syllables()) for one in taught]
    words = learn.Vocabulary(found)
    exact = learn._heads(taught, words.matrix(found))["unit"]
    matrix = words.matrix([features.counted(text, synthetic.syllables()) for text in asked])
    full = np.asarray(matrix @ exact.weights.T + exact.biases)
    eight = [small.read(text).units for text in asked]
    ahead = np.sort(full)[:, -1] - np.sort(full)[:, -2]
    moved = [at for at, one in enumerate(eight) if one.argmax() != full[at].argmax()]
    assert len(asked) == 600
    assert max(abs(one - full[at]).max() for at, one in enumerate(eight)) < 0.02
    assert len(moved) <= 6
    assert max(ahead[moved], default=0.0) < 0.01  # two units no one can tell apart


# ---- damaged and foreign files


def test_a_missing_file_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.npz"):
        load(tmp_path / "none.npz")


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_a_model_error(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(ModelError, match=r"m1\.npz"):
        load(saved)


def test_a_flipped_bit_is_a_model_error_or_changes_nothing(model: Model, saved: Path) -> None:
    """Everywhere in the file, most of all in the directory at its end, whose flags make a reader do strange things."""
    data = saved.read_bytes()
    rng = random.Random(20180501)
    places = [rng.randrange(len(data)) for _ in range(200)]
    places += [rng.randrange(len(data) - 700, len(data)) for _ in range(400)]
    refused = 0
    for place in places:
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << rng.randrange(8)
        saved.write_bytes(bytes(spoilt))
        try:
            loaded = load(saved)
        except ModelError:
            refused += 1
        else:
            assert same(loaded.read(UNSEEN[0]), model.read(UNSEEN[0]))
            assert loaded.to_bytes() == model.to_bytes()
    assert refused > 300


@pytest.mark.parametrize(
    "content",
    [
        pickle.dumps({"weights": [1, 2, 3]}),
        b"PK\x03\x04 no archive",
        b"\x93NUMPY\x01\x00",
        "垃圾没人清运".encode() * 100,
        b"\0" * 5000,
        b"",
    ],
)
def test_something_that_is_no_model_is_a_model_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        load(path)


def test_another_archive_of_arrays_is_a_model_error(tmp_path: Path) -> None:
    np.savez(tmp_path / "one.npz", weights=np.zeros(3))
    np.save(tmp_path / "two.npy", np.zeros(3))
    for name in ("one.npz", "two.npy"):
        with pytest.raises(ModelError):
            load(tmp_path / name)


def test_a_file_with_pickled_objects_is_refused_and_runs_nothing(saved: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(tmp_path / "ran"),)

    rewrite(saved, idf=np.array([Bomb()], dtype=object))
    with pytest.raises(ModelError):
        load(saved)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"meta_format": 0},
        {"meta_format": None},
        {"meta_heads": None},
        {"meta_heads": {}},
        {"meta_heads": {"matter": [["CG-01"], 0]}},
        {"meta_heads": [1, 2]},
        {"meta_version": None},
        {"meta_owners": None},
        {"meta_dangerous": None},
        {"weights": None},
        {"syllables": None},
        {"weights": np.zeros((3, 3), np.int8)},
        {"weights": np.zeros(3, np.int8)},
        {"idf": np.zeros(3, np.float32)},
        {"scale": np.zeros(3, np.float32)},
        {"bias": np.zeros(0, np.float32)},
    ],
    ids=lambda changed: " ".join(
        f"{k}={np.shape(v) if isinstance(v, np.ndarray) else v}" for k, v in changed.items()
    ),
)
def test_an_older_or_incomplete_file_is_a_model_error(saved: Path, changed: dict[str, Any]) -> None:
    rewrite(saved, **changed)
    with pytest.raises(ModelError):
        load(saved)


@pytest.mark.parametrize("meta", [b"[]", b"null", b"{", b"\xff", b'"text"'])
def test_a_description_that_is_no_table_is_a_model_error(saved: Path, meta: bytes) -> None:
    arrays = arrays_of(saved)
    np.savez(saved, **{**arrays, "meta": np.frombuffer(meta, np.uint8)})
    with pytest.raises(ModelError):
        load(saved)


@pytest.mark.parametrize(
    "stored",
    [
        {"unit": 1.0},
        {"danger": [1.0], "gone": 1.0},
        "whole with other signs",
    ],
)
def test_a_judgement_of_another_version_is_a_model_error(model: Model, stored: Any) -> None:
    whole = {**synthetic.BLEND.as_dict(), "danger": [0.0] * 6}
    other = replace(model, meta={**model.meta, "blend": whole if isinstance(stored, str) else stored})
    with pytest.raises(ModelError, match="train it again"):
        blending.of(other, synthetic.BLEND)


# ---- never half a file


def test_a_reader_never_sees_half_a_file(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "m1.npz"
    model.save(path)
    stop = threading.Event()

    def write() -> int:
        count = 0
        while not stop.is_set():
            model.save(path)
            count += 1
        return count

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        deadline = time.monotonic() + 0.6
        read_times = 0
        try:
            while time.monotonic() < deadline:
                assert load(path).version == "m1"
                read_times += 1
        finally:
            stop.set()
        assert writing.result() > 1
    assert read_times > 1


def test_what_a_kill_leaves_behind_is_not_taken_for_a_model(
    model: Model, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()

    def killed(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        synthetic.model("m2").save(saved)
    monkeypatch.undo()
    assert saved.read_bytes() == before
    assert load(saved).version == "m1"
    assert [path.name for path in saved.parent.glob("*.npz")] == ["m1.npz"]


# ---- many threads


def test_threads_share_a_model_without_disturbing_each_other(model: Model) -> None:
    texts = [*UNSEEN, *(one.text for one in synthetic.examples())] * 6
    fresh = replace(model)  # nothing computed yet
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fresh.read, texts))
    assert all(same(one, model.read(text)) for one, text in zip(found, texts, strict=True))


# ---- the model of the pack


def test_the_shipped_model_was_made_of_the_shipped_phrasebook_and_catalogue() -> None:
    """If this fails: ``liandong learn --base packs/qijiang/model/base.npz``."""
    model = load(PACK / BASE_MODEL)
    digest = training.digest_of(PACK)
    assert model.meta["phrasebook"] == digest
    assert model.version == f"base-{digest[:12]}"


def test_the_shipped_model_is_small_needs_no_encoder_and_brings_its_figures() -> None:
    assert (PACK / BASE_MODEL).stat().st_size < 8_000_000
    model = load(PACK / BASE_MODEL)
    assert model.meta["encoder"] is None
    measures = model.meta["measures"]
    assert measures["texts"] > 10_000
    assert measures["top1"] <= measures["top3"] <= measures["texts"]
    assert measures["flagged_rightly"] <= measures["asked_rightly"] <= measures["dangers"]
    assert all(weight >= 0 for weight in model.meta["blend"]["danger"][1:6])


def test_every_matter_of_the_shipped_model_is_known_to_the_pack() -> None:
    model = load(PACK / BASE_MODEL)
    named = Router.rules_only(PACK).pack.named
    assert set(model.matters) <= set(named)
    assert {named[code].unit for code in model.matters} <= set(model.units)
