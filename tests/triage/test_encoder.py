"""A stronger encoder, plugged in: a tiny real network and tokenizer, a model trained with them, and what may be wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from liandong.triage import learn
from liandong.triage.encoder import LONGEST, Encoder, EncoderError, configured
from liandong.triage.model import ModelError, load
from support import synthetic

onnx = pytest.importorskip("onnx")
tokenizers = pytest.importorskip("tokenizers")
pytest.importorskip("onnxruntime")

WIDTH = 12
WORDS = sorted({char for one in synthetic.examples() for char in one.text})


def network(path: Path, *, seed: int = 1, pooled: bool = False, named: str = "input_ids") -> None:
    """A table of vectors, one for each character; ``pooled``: already averaged to one vector a text."""
    from onnx import TensorProto, helper, numpy_helper

    table = np.random.default_rng(seed).normal(size=(len(WORDS) + 2, WIDTH)).astype(np.float32)
    nodes = [helper.make_node("Gather", ["table", named], ["tokens"], axis=0)]
    if pooled:
        nodes.append(helper.make_node("ReduceMean", ["tokens", "axes"], ["out"], keepdims=0))
    last, shape = ("out", ["n", WIDTH]) if pooled else ("tokens", ["n", "t", WIDTH])
    inputs = [helper.make_tensor_value_info(named, TensorProto.INT64, ["n", "t"])]
    if not pooled:  # as real encoders do, it asks for a mask
        inputs.append(helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["n", "t"]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, shape)],
        [
            numpy_helper.from_array(table, "table"),
            *([numpy_helper.from_array(np.array([1], np.int64), "axes")] if pooled else []),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(made)
    path.write_bytes(made.SerializeToString())


def tokenizer(path: Path, *, padded: bool = False, words: list[str] = WORDS) -> None:
    """One token a character."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    known = {"[PAD]": 0, "[UNK]": 1, **{word: at + 2 for at, word in enumerate(words)}}
    made = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    if padded:
        made.enable_padding(length=64, pad_id=0, pad_token="[PAD]")
    made.save(str(path))


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("encoder")
    network(made / "model.onnx")
    tokenizer(made / "tokenizer.json")
    return made


@pytest.fixture(scope="module")
def encoder(directory: Path) -> Encoder:
    return Encoder(directory)


def test_a_text_becomes_a_vector_of_length_one(encoder: Encoder) -> None:
    assert encoder.width == WIDTH
    vector = encoder.encode("停水三天了")
    assert (vector.shape, vector.dtype) == ((WIDTH,), np.float32)
    assert float(vector @ vector) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vector, encoder.encode("停水三天了"))
    assert not np.allclose(vector, encoder.encode("路灯不亮"))


def test_a_text_without_tokens_is_all_zeros(encoder: Encoder) -> None:
    assert not encoder.encode("").any()


def test_a_long_text_is_read_up_to_a_bound(encoder: Encoder) -> None:
    text = "".join(WORDS) * 400
    assert np.array_equal(encoder.encode(text), encoder.encode(text[:LONGEST]))


def test_a_network_that_averages_by_itself_serves_as_well(tmp_path: Path, encoder: Encoder) -> None:
    network(tmp_path / "model.onnx", pooled=True)
    tokenizer(tmp_path / "tokenizer.json")
    assert np.allclose(Encoder(tmp_path).encode("停水三天了"), encoder.encode("停水三天了"), atol=1e-5)


def test_what_a_tokenizer_pads_does_not_count(tmp_path: Path, encoder: Encoder) -> None:
    network(tmp_path / "model.onnx")
    tokenizer(tmp_path / "tokenizer.json", padded=True)
    assert np.allclose(Encoder(tmp_path).encode("停水三天了"), encoder.encode("停水三天了"), atol=1e-5)


# ---- a model trained with it


def test_a_model_trained_with_an_encoder_reads_the_same_after_loading(
    encoder: Encoder, directory: Path, tmp_path: Path
) -> None:
    model = synthetic.model("e1", encoder)
    assert model.meta["encoder"] == encoder.digest
    assert model.dense is not None
    assert model.dense.shape == (WIDTH, model.weights.shape[1])
    path = tmp_path / "e1.npz"
    model.save(path)
    loaded = load(path, Encoder(directory))  # another process would load the encoder again, too
    plain = synthetic.model()
    moved = 0.0
    for text in (
        "停水三天了",
        "路灯不亮垃圾多",
        "老师补课",
        "x",
        "",
        *(one.text for one in synthetic.examples()[:20]),
    ):
        assert np.array_equal(model.read(text).units, loaded.read(text).units)
        assert np.array_equal(model.read(text).matters, loaded.read(text).matters)
        assert model.read(text).danger == loaded.read(text).danger
        moved = max(moved, float(abs(model.read(text).units - plain.read(text).units).max()))
    assert moved > 0.01  # the encoder has a say


def test_the_encoder_has_a_say_on_unseen_texts_too(encoder: Encoder) -> None:
    examples = synthetic.examples()
    with_it = learn.cross_validate(examples, synthetic.syllables(), encoder)
    without = learn.cross_validate(examples, synthetic.syllables())
    assert with_it.unit.shape == without.unit.shape
    assert not np.array_equal(with_it.unit, without.unit)


def test_without_its_encoder_a_model_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "e1.npz"
    synthetic.model("e1", encoder).save(path)
    with pytest.raises(ModelError, match=rf"e1\.npz.*{encoder.digest}.*not configured"):
        load(path)


@pytest.mark.parametrize("other", ["network", "tokenizer"])
def test_with_another_encoder_a_model_is_refused(encoder: Encoder, tmp_path: Path, other: str) -> None:
    """Other words for the same network would read every text as another one."""
    path = tmp_path / "e1.npz"
    synthetic.model("e1", encoder).save(path)
    network(tmp_path / "model.onnx", seed=2 if other == "network" else 1)
    tokenizer(tmp_path / "tokenizer.json", words=WORDS[::-1] if other == "tokenizer" else WORDS)
    with pytest.raises(ModelError, match="not configured"):
        load(path, Encoder(tmp_path))


def test_a_model_trained_without_an_encoder_ignores_one_that_is_configured(
    encoder: Encoder, tmp_path: Path
) -> None:
    plain = synthetic.model()
    plain.save(tmp_path / "m1.npz")
    loaded = load(tmp_path / "m1.npz", encoder)
    assert np.array_equal(loaded.read("停水").units, plain.read("停水").units)


# ---- what may be wrong


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named(directory: Path, tmp_path: Path, name: str) -> None:
    for each in ("model.onnx", "tokenizer.json"):
        if each != name:
            (tmp_path / each).write_bytes((directory / each).read_bytes())
    with pytest.raises(EncoderError, match=name):
        Encoder(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\0" * 100, "停水".encode()])
def test_a_broken_file_is_refused_with_words(
    directory: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    for each in ("model.onnx", "tokenizer.json"):
        (tmp_path / each).write_bytes(content if each == name else (directory / each).read_bytes())
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Encoder(tmp_path)


def test_a_network_that_asks_for_something_unknown_is_refused(tmp_path: Path) -> None:
    network(tmp_path / "model.onnx", named="pixel_values")
    tokenizer(tmp_path / "tokenizer.json")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Encoder(tmp_path)


def test_a_network_with_fewer_words_than_the_tokenizer_is_refused_or_reads_the_probe(
    directory: Path, tmp_path: Path
) -> None:
    (tmp_path / "model.onnx").write_bytes((directory / "model.onnx").read_bytes())
    tokenizer(tmp_path / "tokenizer.json", words=[f"w{n}" for n in range(5000)] + ["一"])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Encoder(tmp_path)


def test_without_its_libraries_the_words_say_what_to_install(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(EncoderError, match=r"liandong\[encoder\]"):
        Encoder(directory)


def test_without_the_setting_there_is_none_and_neither_library_is_imported() -> None:
    assert configured(None) is None
    assert configured("") is None
    code = (
        "import sys; from liandong.triage import encoder, router, model; encoder.configured(None);"
        "print([name for name in ('onnxruntime', 'tokenizers', 'sklearn', 'scipy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_setting_names_a_directory(directory: Path, encoder: Encoder, tmp_path: Path) -> None:
    made = configured(str(directory))
    assert made is not None
    assert made.digest == encoder.digest
    with pytest.raises(EncoderError, match="nowhere"):
        configured(str(tmp_path / "nowhere"))
