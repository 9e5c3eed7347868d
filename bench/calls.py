"""Calls for the benchmarks, made with a fixed seed from the sentences of the pack's samples."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

from harness import PACK
from liandong.triage.router import Router

ZONE = timezone(timedelta(hours=8))
SAFE = {"life": "no", "property": "no", "public": "no"}


class Call(NamedTuple):
    """What the caller says, and where it belongs."""

    ref: str
    kind: str
    text: str
    township: str
    spot: str
    phone: str
    unit: str
    matter: str
    basis: str

    def registration(self, received_at: datetime) -> dict[str, Any]:
        """The fields of ``register``."""
        return {
            "kind": self.kind,
            "summary": self.text[:60],
            "content": self.text,
            "safety": SAFE,
            "received_at": received_at.isoformat(timespec="milliseconds"),
            "source": {"channel": "bench", "ref": self.ref},
            "place": {"text": f"{self.township}{self.spot}", "township": self.township},
            "caller": {"name": "来电人", "phone": self.phone, "contact_ok": True},
        }

    def dispatch(self) -> dict[str, Any]:
        """The fields of ``dispatch`` with the answer of routing given."""
        return {"lead_unit": self.unit, "class": "general", "matter": self.matter, "basis": self.basis}


@lru_cache(maxsize=1)
def _router() -> Router:
    return Router.from_pack(PACK)


def calls(seed: int, mark: str) -> Iterator[Call]:
    """Calls without end in which the machine sees no danger; ``mark`` keeps the references of one run apart."""
    rng = Random(seed)
    router = _router()
    data = tomllib.loads((PACK / "samples" / "calls.toml").read_text(encoding="utf-8"))
    rows = [row for row in data["call"] if row["unit"] != "JZ"]
    towns = tomllib.loads((PACK / "townships.toml").read_text(encoding="utf-8"))["township"]
    names = [town["name"] for town in towns if town.get("ours", True)]
    number = 0
    while True:
        number += 1
        row, town, spot = rng.choice(rows), rng.choice(names), rng.choice(data["spots"])
        text = row["text"].format(town=town, spot=spot, n=rng.randint(2, 9), when=rng.choice(data["whens"]))
        if router.screen(text).flag:
            continue  # it could not be dispatched (I8)
        phone = f"1380000{rng.randint(0, 9999):04d}"
        yield Call(
            f"{mark}-{number}", row["kind"], text, town, spot, phone, row["unit"], row["matter"], row["basis"]
        )
