"""The words in which scores and reasons are said."""

from __future__ import annotations

WORDS = {
    "wanted": "已实质答复",
    "other": "有实质内容，但没有正面回答所问",
    "indirect": "没有直接提到，但答复里有相应内容",
    "deferred": "只有转办、另行咨询或正在研究，没有结果",
    "empty": "提到了，但没有实质内容",
    "none": "没有找到回应",
}


SUBSTANTIAL = ("wanted", "other", "indirect")
"""What counts as an answer with substance."""


def rank(good: float, high: float, low: float, share_of_bad: float | None = None) -> str:
    """A score in a word. ``share_of_bad``: the score is a share of something unwanted and is said as such."""
    if share_of_bad is not None:
        return "少" if good >= high else "较多" if good >= low else "很多"
    return "好" if good >= high else "尚可" if good >= low else "差"


def share(value: float) -> str:
    """A share as a percentage."""
    return f"{value:.0%}"


def quoted(text: str, length: int = 36) -> str:
    """A sentence cut for quoting."""
    clean = text.strip(" ，,。；;\n")
    return clean if len(clean) <= length else clean[: length - 1] + "…"
