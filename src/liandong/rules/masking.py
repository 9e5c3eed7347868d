"""What those may see who may not see everything: ``138****1234``, ``张*``, ``500***********1234`` (contract §1).

Masking never says more than the length of what it hides, and it looks into free text as well: callers dictate their
number into the story.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

# A mobile number, with or without the country's code, perhaps written in groups of 3-4-4.
_MOBILE = re.compile(r"(?<!\d)(?:(?:\+|00)?86[-\s]?)?(1[3-9]\d)[-\s]?(\d{4})[-\s]?(\d{4})(?!\d)", re.ASCII)
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[-\s]?(\d{7,8})(?!\d)", re.ASCII)
# Where the letters of "ID" or a longer digit run stand before it, eighteen digits still are an identity number.
_IDENTITY = re.compile(r"(?<!\d)(\d{3})(\d{11}|\d{8})(\d{3}[\dXx])(?!\d)", re.ASCII)
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


def mask_phone(phone: str | None) -> str | None:
    """``13812341234`` → ``138****1234``; a short or foreign number keeps at most its last two characters."""
    if not phone:
        return phone
    text = phone.translate(_WIDE)
    match = _MOBILE.fullmatch(text.strip())
    if match:
        return f"{match[1]}****{match[3]}"
    kept = text.strip()[-2:] if len(text.strip()) > 4 else ""
    return "*" * max(3, len(text.strip()) - len(kept)) + kept


def mask_name(name: str | None) -> str | None:
    """``张三丰`` → ``张**``; a compound surname shows one character only, as nothing else is certain."""
    if not name:
        return name
    return name[0] + "*" * max(1, len(name) - 1)


def mask_identity(number: str | None) -> str | None:
    """``500222199001011234`` → ``500***********1234``; anything that is no identity number is hidden whole."""
    if not number:
        return number
    match = _IDENTITY.fullmatch(number.strip().translate(_WIDE))
    return f"{match[1]}{'*' * len(match[2])}{match[3]}" if match else "*" * len(number)


def mask_text(text: str | None) -> str | None:
    """Free text with the telephone and identity numbers inside it masked; all else stands as it was said."""
    if not text:
        return text
    if not any(character.isdigit() for character in text):
        return text
    plain = text.translate(_WIDE)
    plain = _IDENTITY.sub(lambda m: f"{m[1]}{'*' * len(m[2])}{m[3]}", plain)
    plain = _MOBILE.sub(lambda m: f"{m[1]}****{m[3]}", plain)
    return _LANDLINE.sub(lambda m: f"{m[1]}-****{m[2][-4:]}", plain)


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
