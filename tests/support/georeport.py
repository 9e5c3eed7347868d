"""A client of GeoReport v2; every answer it gets is held against the schema that was written from the specification."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from defusedxml import ElementTree
from django.core.cache import cache
from django.test import Client
from lxml import etree

from .schemas import georeport

W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")
SERVICE = {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"}
REQUEST = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
    "address", "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip


@dataclass
class Said:
    """An answer: its status, and its list of flat objects whatever the format."""

    status: int
    items: Any
    root: str
    kind: str
    raw: bytes
    headers: dict[str, str]


class GeoReport:
    """Asks /open311/v2 in one format; XML is read into what the JSON of the same answer would be, as texts."""

    def __init__(self, kind: str, key: str = "") -> None:
        self.kind = kind
        self.key = key
        self.client = Client(raise_request_exception=False, enforce_csrf_checks=True)

    def get(self, path: str, /, **query: str) -> Said:
        """GET a resource; the ending is added."""
        return self.raw("GET", f"{path}.{self.kind}?{urlencode(query)}")

    def post(self, /, **fields: str) -> Said:
        """POST a service request as a form."""
        data = urlencode({"api_key": self.key, **fields}).encode()
        return self.raw("POST", f"requests.{self.kind}", data, "application/x-www-form-urlencoded")

    def raw(self, method: str, path: str, data: bytes = b"", media: str = "", **headers: str) -> Said:
        """Any request; the rate is not what is tested here."""
        cache.clear()
        answer = self.client.generic(
            method, f"/open311/v2/{path}", data, content_type=media or "text/plain", headers=headers
        )
        content, kind = answer.content, answer.headers["Content-Type"]
        conforms(content, kind, path)
        if "xml" in kind:
            assert content.startswith(b"<?xml"), content[:40]
            assert b"encoding='utf-8'" in content[:60].lower() or b'encoding="utf-8"' in content[:60].lower()
            tree = ElementTree.fromstring(content)
            items: Any = (
                [_flat(child) for child in tree]
                if tree.tag in ("services", "service_requests", "errors")
                else _flat(tree)
            )
            root = tree.tag
        else:
            items, root = json.loads(content), ""
        return Said(answer.status_code, items, root, kind, content, dict(answer.headers))


def conforms(content: bytes, kind: str, path: str) -> None:
    """The document is of the specification's structure; JSON by its Spark convention, in which it is the XML's image."""
    if "xml" in kind:
        tree = etree.fromstring(content)
    else:
        value = json.loads(content)
        tree = etree.Element(_root(value, path))
        _image(tree, value)
    schema = georeport()
    assert schema.validate(tree), (schema.error_log.last_error, content.decode()[:400])


def _root(value: Any, path: str) -> str:
    if isinstance(value, dict):
        return "discovery" if "endpoints" in value else "service_definition"
    if value and set(value[0]) == {"code", "description"}:
        return "errors"
    return "services" if path.startswith("services") else "service_requests"


ONE_OF = {
    "services": "service", "service_requests": "request", "errors": "error", "attributes": "attribute",
    "values": "value", "endpoints": "endpoint", "formats": "format",
}  # fmt: skip


def _image(element: Any, value: Any) -> None:
    """Spark: an array is its element around one for each entry, null an empty element, numbers and booleans are none of text."""
    if isinstance(value, list):
        for inner in value:
            _image(etree.SubElement(element, ONE_OF[element.tag]), inner)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _image(etree.SubElement(element, name), inner)
    elif value is not None:
        assert value != "", f"{element.tag}: empty is null"
        assert isinstance(value, bool) == (element.tag in ("metadata", "variable", "required")), element.tag
        element.text = str(value).lower() if isinstance(value, bool) else str(value)


def _flat(element: Any) -> Any:
    if len(element):
        names = {child.tag for child in element}
        if len(names) == 1 and len(element) > 1:
            return [_flat(child) for child in element]
        return {child.tag: _flat(child) for child in element}
    return element.text


def is_request(item: dict[str, Any]) -> None:
    """The structure of one request in GET requests."""
    assert set(item) == REQUEST, set(item) ^ REQUEST
    assert item["status"] in ("open", "closed")
    assert item["service_request_id"]
    assert item["service_code"]
    for name in ("requested_datetime", "updated_datetime"):
        assert W3C.fullmatch(item[name]), item[name]
    assert not item["expected_datetime"] or W3C.fullmatch(item["expected_datetime"])


def is_error(said: Said, code: int) -> None:
    """The specification's error: a list of code and description, with status 404, 403, and 400 for all else (405 and 429
    are HTTP's)."""
    status = code if code in (403, 404, 405, 429) else 400
    assert said.status == status, (code, said.status, said.raw.decode()[:300])
    if said.root:
        assert said.root == "errors"
    assert said.items
    for one in said.items:
        assert set(one) == {"code", "description"}
        assert int(one["code"]) == code
        assert one["description"]
