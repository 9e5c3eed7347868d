"""What those may see who may not see everything: ``138****1234``, ``张*``, ``500***********1234`` (contract §1).

Masking never says more than the length of what it hides, and it looks into free text as well: callers dictate their
number into the story. Where such data stands in a text is found by ``personal``; here it is hidden (``mask_text``, for
people who may ask to see it) or taken out (``strip``, for models, indexes and logs).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from . import personal

# A mobile number, with or without the country's code, perhaps written in groups of 3-4-4.
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[-\s]?)?(1[3-9]\d)[-\s]?(\d{4})[-\s]?(\d{4})(?!\d)", re.ASCII)
_IDENTITY = re.compile(r"(?<!\d)(\d{3})(\d{11}|\d{8})(\d{3}[\dXx])(?!\d)", re.ASCII)
# Data that was masked before: what is still shown of it says something about a person to a machine.
_MASKED = re.compile(
    r"(?:\+?86[- ]?)?[0-9零一二三四五六七八九幺]{0,6}-?\*{2,}[-0-9Xx零一二三四五六七八九幺]{0,8}"
    r"|(?![路街巷道弄里坊段组社栋幢座楼元号层室牌附])[\u4e00-\u9fff]\*{1,3}(?![\d*号单室-])"
)

GAP = "□"
"""What stands for removed data in a text for machines: no letter, no digit, so that it joins nothing."""


def mask_phone(phone: str | None) -> str | None:
    """``13812341234`` → ``138****1234``; a short or foreign number keeps at most its last two characters."""
    if not phone:
        return phone
    text = personal.fold(phone).strip()
    match = _MOBILE.fullmatch(text)
    if match:
        return f"{match[1]}****{match[3]}"
    kept = text[-2:] if len(text) > 4 else ""
    return "*" * max(3, len(text) - len(kept)) + kept


def mask_name(name: str | None) -> str | None:
    """``张三丰`` → ``张**``; a compound surname shows one character only, as nothing else is certain."""
    if not name:
        return name
    return name[0] + "*" * max(1, len(name) - 1)


def mask_identity(number: str | None) -> str | None:
    """``500222199001011234`` → ``500***********1234``; anything that is no identity number is hidden whole."""
    if not number:
        return number
    match = _IDENTITY.fullmatch(personal.fold(number).strip())
    return f"{match[1]}{'*' * len(match[2])}{match[3]}" if match else "*" * len(number)


def mask_text(text: str | None) -> str | None:
    """Free text with the numbers, papers, plates, doors and names inside it masked; all else stands as it was said.

    Masking masked text changes nothing. Never raises; every find grows by at most one character.
    """
    if not text:
        return text
    # What is hidden may have been the only neighbour that kept the next thing from being seen: usually one look.
    for _ in range(_LOOKS):
        masked = _replace(text, _mask)
        if masked == text:
            break
        text = masked
    return text


def strip(text: str) -> str:
    """The text without any personal data, each replaced by ``GAP``: for models, indexes and logs.

    Also takes out what masking left of a value. Stripping stripped text changes nothing; never raises.
    """
    for _ in range(_LOOKS):
        stripped = _MASKED.sub(GAP, _replace(text, lambda kind, value: GAP))
        if stripped == text:
            break
        text = stripped
    return text


_LOOKS = 8
"""Passes until nothing changes; two are usual, the bound only keeps a hostile text from costing more."""


def _replace(text: str, by: Callable[[str, str], str]) -> str:
    found = personal.find(text)
    if not found:
        return text
    parts, at = [], 0
    for one in found:
        parts += [text[at : one.start], by(one.kind, text[one.start : one.end])]
        at = one.end
    return "".join((*parts, text[at:]))


def _mask(kind: str, value: str) -> str:
    """One find as it may be shown."""
    if kind == personal.NAME:
        return mask_name(value) or ""
    plain = personal.fold(value)
    if kind == personal.DOOR:
        return _DOOR_NUMBER.sub("*", plain)
    said = "".join(char for char in plain if char.isalnum())
    if kind == personal.PHONE:
        return f"{said[-11:-8]}****{said[-4:]}"
    if kind == personal.LANDLINE:
        area = said[: -8 if len(said) > 10 else -7]
        return f"{area}-****{said[-4:]}"
    if kind == personal.IDENTITY and len(said) in (15, 18):
        return f"{said[:3]}{'*' * (len(said) - 7)}{said[-4:]}"
    if kind == personal.CARD:
        return "*" * (len(said) - 4) + said[-4:]
    if "@" in plain:
        return "*" * plain.index("@") + value[plain.index("@") :]
    return "*" * len(value)


_DOOR_NUMBER = re.compile(r"[A-Z\d一二三四五六七八九十]", re.ASCII)


def mask_names(text: str | None, names: Collection[str]) -> str | None:
    """Free text with these persons' names masked as ``mask_name`` does; a single character is no name."""
    if not text:
        return text
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        text = text.replace(name, mask_name(name) or "")
    return text


def mask_caller(caller: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A caller whose name, phone and identity number are masked; what says nothing about the person stays."""
    if caller is None:
        return None
    masks = {"name": mask_name, "phone": mask_phone, "identity": mask_identity, "id_number": mask_identity}
    return {key: masks[key](value) if key in masks else value for key, value in caller.items()}


def mask_deep(value: Any, names: Collection[str] = ()) -> Any:
    """Every text inside a JSON value masked by ``mask_text`` and ``mask_names``; keys, numbers and short codes stay."""
    if isinstance(value, str):
        return mask_text(mask_names(value, names))
    if isinstance(value, Mapping):
        return {key: mask_deep(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_deep(item, names) for item in value]
    return value
