"""CloudEvents 1.0 (CNCF): an event of the log in the envelope that other systems' tools know.

Only the envelope is new: ``data`` is the item of the feed as its reader may see it, nothing more. ``id`` is unique within
``source``: a case's events are numbered without a gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MEDIA_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
TYPE = "cn.liandong.case.{}.v1"


def event(item: Mapping[str, Any], district: str) -> dict[str, Any]:
    """One item of the feed of that district as a CloudEvent; ``cursor`` (an extension) is where to go on behind it."""
    return {
        "specversion": "1.0",
        "id": f"{item['case']}-{item['seq']}",
        "source": f"/liandong/{district}/cases",
        "type": TYPE.format(item["type"]),
        "subject": item["case"],
        "time": item["at"],
        "datacontenttype": "application/json",
        "cursor": item["id"],
        "data": dict(item),
    }
