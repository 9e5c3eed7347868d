"""A stronger encoder, plugged in by configuration: a directory with ``model.onnx`` and ``tokenizer.json``.

Nothing is downloaded: whoever wants one puts it there. The output (sentences × width, or tokens × width, then averaged
over what the tokenizer did not pad) is scaled to length 1 and joins the hashed features. onnxruntime and tokenizers
are an extra of the package (``liandong[encoder]``); without the setting neither is imported.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST = 256
"""Tokens of a text that are read."""


class EncoderError(ValueError):
    """An encoder that cannot be used: what is missing and what to do."""


class Encoder:
    """A loaded encoder. ``width`` numbers for a text; ``digest`` names the two files a model was trained with."""

    def __init__(self, directory: Path) -> None:
        """Load both files. Raises EncoderError."""
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderError(
                "the encoder needs onnxruntime and tokenizers: install liandong[encoder]"
            ) from error
        network, words = directory / "model.onnx", directory / "tokenizer.json"
        for path in (network, words):
            if not path.is_file():
                raise EncoderError(f"the encoder's directory {directory} lacks {path.name}")
        data = network.read_bytes()
        self.digest = hashlib.sha256(data + words.read_bytes()).hexdigest()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(words))
            self._tokenizer.enable_truncation(LONGEST)
            self._tokenizer.no_padding()
            self._inputs = [one.name for one in self._session.get_inputs()]
            self.width = len(self.encode("一"))
        except Exception as error:  # both libraries raise their own kinds
            raise EncoderError(f"the encoder in {directory} cannot be loaded: {error}") from error

    def encode(self, text: str) -> NDArray[np.float32]:
        """One text as a vector of length 1 (all zeros for a text without tokens)."""
        tokens = self._tokenizer.encode(text)
        ids = np.array([tokens.ids or [0]], dtype=np.int64)
        mask = np.ones_like(ids) if tokens.ids else np.zeros_like(ids)
        given: dict[str, Any] = {
            "input_ids": ids,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(ids),
        }
        output = np.asarray(
            self._session.run(None, {name: given[name] for name in self._inputs if name in given})[0],
            np.float32,
        )
        if output.ndim == 3:
            weights = mask[..., None].astype(np.float32)
            output = (output * weights).sum(1) / max(float(weights.sum()), 1.0)
        vector = output[0]
        norm = float(np.sqrt(np.dot(vector, vector)))
        return np.asarray(vector / norm if norm else vector, dtype=np.float32)


def configured(directory: str | None) -> Encoder | None:
    """The encoder of a setting (LIANDONG_ENCODER), None where there is none. Raises EncoderError."""
    return Encoder(Path(directory)) if directory else None
