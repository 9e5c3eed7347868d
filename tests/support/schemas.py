"""Schemas of the standards that others read from us, as oracles; where each was written from stands in its head."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from lxml import etree

HERE = Path(__file__).parent / "schemas"


@cache
def georeport() -> etree.RelaxNG:
    """GeoReport v2 and its service discovery, as XML."""
    return etree.RelaxNG(etree.parse(str(HERE / "georeport-v2.rng")))


@cache
def cap() -> etree.XMLSchema:
    """Common Alerting Protocol 1.2."""
    return etree.XMLSchema(etree.parse(str(HERE / "cap-1.2.xsd")))


@cache
def cloud_event() -> Any:
    """CloudEvents 1.0, JSON format; formats are checked."""
    schema = json.loads((HERE / "cloudevents-1.0.json").read_text(encoding="utf-8"))
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
