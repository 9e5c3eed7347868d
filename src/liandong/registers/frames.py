"""Frames of samplings: what there was to draw from, found once, kept compressed under its own digest (R65).

A frame is content-addressed: the same cases are one row however often they are drawn from, and nobody can exchange a
frame without its digest, which stands in the sampling's hash chain.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from liandong.casework import rows, search
from liandong.casework.jsontext import to_ms
from liandong.rules import periods, sampling
from liandong.rules.model import Actor
from liandong.rules.policy import Policy

ENDED = ("closed", "answered", "archived")
"""Cases that somebody brought to an end by work; merged, voided and withdrawn ones have nothing to check."""
_STRATA = {"unit": "COALESCE(NULLIF(c.lead_unit, ''), c.first_unit)", "matter": "c.matter"}


class Unknown(LookupError):
    """No frame of this digest is kept."""


def period_of(name: str, policy: Policy) -> periods.Period:
    """The period of a name: 2018Q3, 2018-06 or 2018. Raises periods.BadPeriod."""
    if "Q" in name:
        return periods.quarter(name, policy.zone)
    kind, text = ("monthly", f"{name}-01") if "-" in name else ("yearly", f"{name}-01-01")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise periods.BadPeriod("时间应写作 2018Q3、2018-06 或 2018") from error
    return periods.on(kind, day, policy.zone)


def find(viewer: Actor, asked: Mapping[str, Any], policy: Policy, now: datetime) -> dict[str, str]:
    """Ended cases of a period that this viewer may see, with their strata; cases of the police's own (R19) are left to
    its inspectorate. ``asked``: period, unit, matter, township, stratify. Raises periods.BadPeriod."""
    period = period_of(str(asked["period"]), policy)
    query = search.build(viewer, search.Filters(), policy, now)
    query.where("c.closed_ms >= %s AND c.closed_ms < %s", to_ms(period.start), to_ms(period.end))
    query.where(f"c.state IN ({', '.join(['%s'] * len(ENDED))}) AND NOT c.restricted", *ENDED)
    if asked.get("unit"):
        query.where("(c.lead_unit = %s OR (c.lead_unit = '' AND c.first_unit = %s))", *[asked["unit"]] * 2)
    if asked.get("matter"):
        query.where("c.matter = %s", asked["matter"])
    if asked.get("township"):
        town = policy.townships.get(str(asked["township"]))
        query.where("c.township = %s", town.code if town else asked["township"])
    stratum = _STRATA.get(str(asked.get("stratify") or ""), "''")
    sql, values = query.sql(f"c.no, {stratum}", "", "")
    return {str(no): str(value or "") for no, value in rows.ask(sql, values)}


def keep(frame: sampling.Frame) -> str:
    """Keep a frame; its digest. Kept already: nothing changes."""
    text = sampling.text_of(frame)
    digest = sampling.digest(text)
    rows.run(
        "INSERT INTO registers_frame (digest, size, body) VALUES (%s, %s, %s) ON CONFLICT (digest) DO NOTHING",
        [digest, len(frame), zlib.compress(text.encode())],
    )
    return digest


def text_of(digest: str) -> str:
    """A frame's text as it was kept. Raises Unknown; ValueError where the row no longer has its digest."""
    row = rows.one("SELECT body FROM registers_frame WHERE digest = %s", [digest])
    if row is None:
        raise Unknown(digest)
    text = zlib.decompress(bytes(row[0])).decode()
    if sampling.digest(text) != digest:
        raise ValueError(f"the frame {digest} was changed")
    return text


def get(digest: str) -> dict[str, str]:
    """A frame as it was kept."""
    return sampling.frame_of(text_of(digest))
