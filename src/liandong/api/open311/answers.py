"""Answers in the two formats of GeoReport v2: XML with named elements, JSON as bare lists; errors in either."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.http import HttpResponse
from lxml import etree

FORMATS = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}


class Failed(Exception):
    """An answer other than success: one or several (code, description).

    ``code`` stands in the document; the specification knows three statuses alone: 404, 403, and 400 for all else. 405 and
    429 are HTTP's own (with Allow, Retry-After) and stay.
    """

    def __init__(self, code: int, *descriptions: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{code} {'; '.join(descriptions)}")
        self.code = code
        self.status = code if code in (403, 404, 405, 429) else 400
        self.descriptions = descriptions
        self.headers = headers or {}


class Shape(NamedTuple):
    """How a list is named in XML: the root, and each entry (None: the root is the one entry itself)."""

    root: str
    entry: str | None


SERVICES = Shape("services", "service")
REQUESTS = Shape("service_requests", "request")
ERRORS = Shape("errors", "error")
DEFINITION = Shape("service_definition", None)
DISCOVERY = Shape("discovery", None)
_INNER = {"attributes": "attribute", "endpoints": "endpoint", "formats": "format"}


def answer(shape: Shape, value: Any, kind: str, status: int = 200) -> HttpResponse:
    """``value``: a list of objects, or one object where the shape has no entries."""
    data = _xml(shape, value) if kind == "xml" else json.dumps(value, ensure_ascii=False).encode()
    said = HttpResponse(data, status=status, content_type=FORMATS[kind])
    said["Cache-Control"] = "no-store"
    said["X-Content-Type-Options"] = "nosniff"
    return said


def failed(error: Failed, kind: str) -> HttpResponse:
    """The specification's errors: a list of code and description."""
    value = [{"code": error.code, "description": one} for one in error.descriptions]
    said = answer(ERRORS, value, kind, error.status)
    for name, text in error.headers.items():
        said[name] = text
    return said


def _xml(shape: Shape, value: Any) -> bytes:
    root = etree.Element(shape.root)
    if shape.entry is None:
        _fill(root, value)
    else:
        for one in value:
            _fill(etree.SubElement(root, shape.entry), one)
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def _fill(element: Any, value: Any) -> None:
    """Objects become elements, lists become repeated ones of the name in ``_INNER``, nothing an empty element."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _fill(etree.SubElement(element, name), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            _fill(etree.SubElement(element, _INNER[element.tag]), inner)
    elif value is not None:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
