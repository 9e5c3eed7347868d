"""Bytes of a stranger become records: limited in size, depth and number, without entities, in the encodings agreed on."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

import defusedxml
from defusedxml import ElementTree

from liandong.district.intake import IntakeMapping

from .problems import Problem, Unfit

FILE_LIMIT: Final = 8 << 20
"""Bytes of one file; a real push is a few thousand."""
MOST_RECORDS: Final = 5_000
MOST_DEPTH: Final = 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def records(raw: bytes, mapping: IntakeMapping) -> list[Mapping[str, Any]]:
    """The records of one file or answer. Raises Unfit."""
    if len(raw) > FILE_LIMIT:
        raise Unfit(
            Problem(
                "oversized",
                f"超过 {FILE_LIMIT >> 20} MB：请让对方分成小文件重发（每个至多 {MOST_RECORDS} 条）",
            )
        )
    text = decoded(raw, mapping)
    whole = _json(text) if mapping.format == "json" else _xml(text)
    found = _at(whole, mapping.records)
    many = found if isinstance(found, list) else [found]
    if len(many) > MOST_RECORDS:
        raise Unfit(
            Problem(
                "oversized", f"一个文件有 {len(many)} 条，至多 {MOST_RECORDS} 条：请让对方分成几个文件重发"
            )
        )
    for one in many:
        if not isinstance(one, Mapping):
            raise Unfit(
                Problem("unreadable", "记录不是“字段：值”的形式：请核对对照表里的 records 与文件是否一致")
            )
    return many


def decoded(raw: bytes, mapping: IntakeMapping) -> str:
    """The text in the first of the agreed encodings in which every byte makes sense. Raises Unfit."""
    if not raw.strip():
        raise Unfit(Problem("unreadable", "文件是空的：请让对方重发"))
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            encodings: tuple[str, ...] = (encoding,)
            raw = raw[len(mark) :]
            break
    else:
        encodings = mapping.encodings
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unfit(
        Problem(
            "unreadable",
            f"不是约定的编码（{'、'.join(mapping.encodings)}）：请让对方按约定编码重发，或修改对照表的 encodings",
        )
    )


def _json(text: str) -> Any:
    try:
        whole = json.loads(text, parse_constant=_refuse_constant, parse_int=_whole)
    except RecursionError as error:
        raise Unfit(
            Problem("unreadable", f"嵌套超过 {MOST_DEPTH} 层：不是约定的报文，请与对方核对")
        ) from error
    except json.JSONDecodeError as error:
        where = f"第 {error.lineno} 行第 {error.colno} 列"
        raise Unfit(
            Problem("unreadable", f"JSON 在{where}读不下去：文件损坏或没有写完，请让对方重发")
        ) from error
    except ValueError as error:
        raise Unfit(
            Problem("unreadable", "JSON 里有不能用的数（NaN 或过长的数）：请让对方改正后重发")
        ) from error
    _depth(whole, 0)
    return whole


def _refuse_constant(word: str) -> Any:
    raise ValueError(word)


def _whole(digits: str) -> int:
    if len(digits) > 30:
        raise ValueError("a number of too many digits")
    return int(digits)


def _depth(value: Any, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise Unfit(Problem("unreadable", f"嵌套超过 {MOST_DEPTH} 层：不是约定的报文，请与对方核对"))
    if isinstance(value, dict):
        for inner in value.values():
            _depth(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _depth(inner, depth + 1)


def _xml(text: str) -> Any:
    """Elements as ``{name: value}``; the root's own name is the first step of a path. No DTD, so no entities and no bombs."""
    try:
        root = ElementTree.fromstring(_DECLARATION.sub("", text.lstrip("\ufeff")), forbid_dtd=True)
    except defusedxml.DefusedXmlException as error:
        raise Unfit(
            Problem(
                "unreadable",
                "XML 带有 DTD 或实体定义，一律不收：请让对方去掉 DOCTYPE 后重发；不是对方所发的，报安全管理员",
            )
        ) from error
    except ParseError as error:
        line, column = error.position
        raise Unfit(
            Problem(
                "unreadable", f"XML 在第 {line} 行第 {column} 列读不下去：文件损坏或没有写完，请让对方重发"
            )
        ) from error
    except (ValueError, LookupError) as error:
        raise Unfit(Problem("unreadable", "XML 里有不能用的字符或编码声明：请让对方改正后重发")) from error
    return {_local(root.tag): _value(root, 0)}


def _value(node: Element, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise Unfit(Problem("unreadable", f"嵌套超过 {MOST_DEPTH} 层：不是约定的报文，请与对方核对"))
    if not len(node) and not node.attrib:
        return (node.text or "").strip()
    found: dict[str, Any] = {f"@{_local(name)}": value for name, value in node.attrib.items()}
    if (node.text or "").strip():
        found["#text"] = (node.text or "").strip()
    for child in node:
        name, value = _local(child.tag), _value(child, depth + 1)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _local(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def _at(whole: Any, path: str) -> Any:
    """What stands at a path (``""``: the whole)."""
    here = whole
    for step in path.split(".") if path else ():
        if not isinstance(here, Mapping) or step not in here:
            raise Unfit(
                Problem("unreadable", f"文件里没有“{path}”：请核对对照表里的 records，或让对方按约定重发")
            )
        here = here[step]
    return here


__all__ = ["FILE_LIMIT", "MOST_DEPTH", "MOST_RECORDS", "decoded", "records"]
