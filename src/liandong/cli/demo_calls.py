"""Invented calls for the demonstration district, made from the pack's samples/calls.toml with a fixed seed."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from .errors import AnswerIsNo
from .messages import summary_of

ANONYMOUS: dict[str, Any] = {"anonymous": True, "contact_ok": False}
"""A caller who gave no name and no number."""


class Call(NamedTuple):
    """One call as the desk takes it. ``unit`` and ``matter`` are empty for calls that stay with the police."""

    ref: str
    kind: str
    text: str
    township: str
    spot: str
    caller: dict[str, Any]
    unit: str = ""
    matter: str = ""
    basis: str = ""
    result: str = "resolved"
    reply: str = ""
    answer: str = ""
    remainder: str = ""

    @property
    def anonymous(self) -> bool:
        """Nobody to call back."""
        return bool(self.caller.get("anonymous"))

    def fields(self, safety: dict[str, str], received_at: datetime, channel: str) -> dict[str, Any]:
        """The fields of ``register``."""
        fields: dict[str, Any] = {
            "kind": self.kind,
            "summary": summary_of(self.text),
            "content": self.text,
            "safety": safety,
            "received_at": received_at.isoformat(),
            "source": {"channel": channel, "ref": self.ref},
            "caller": self.caller,
            "incident_no": f"JJ{received_at:%Y%m%d}{self.ref[-5:]}",
        }
        if self.township:
            fields["place"] = {"text": f"{self.township}{self.spot}", "township": self.township}
        return fields


class CallBook:
    """The templates of a pack, and random calls made of them."""

    def __init__(self, pack: Path, townships: dict[str, str], rng: Random) -> None:
        """``townships``: name → code of those that the district governs itself."""
        path = pack / "samples" / "calls.toml"
        try:
            self.data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise AnswerIsNo(f"示范来电 {path.name} 读不出：{error}") from error
        self.texts: dict[str, list[str]] = self.data["texts"]
        self.townships = townships
        self.rng = rng
        self.count = 0

    def say(self, about: str) -> str:
        """One of the sentences for an occasion."""
        return self.rng.choice(self.texts[about])

    def call(self, table: str = "call", *, anonymous: bool = False, only: str | None = None) -> Call:
        """A new call; ``only`` asks for templates with that key filled (e.g. "answer")."""
        templates = [row for row in self.data[table] if only is None or row.get(only)]
        return self.fill(self.rng.choice(templates), anonymous=anonymous)

    def fill(self, row: dict[str, Any], *, anonymous: bool = False, like: Call | None = None) -> Call:
        """A call from one template; ``like`` keeps the words and the place of another call (a duplicate)."""
        rng = self.rng
        self.count += 1
        ref = f"DEMO-{self.count:05d}"
        if like is not None:
            return like._replace(ref=ref, caller=self.caller(), text=f"又有人反映：{like.text}")
        town = rng.choice(sorted(self.townships))
        spot = rng.choice(self.data["spots"])
        slots = {"town": town, "spot": spot, "n": rng.randint(2, 9), "when": rng.choice(self.data["whens"])}
        unit = row.get("unit", "")
        return Call(
            ref=ref,
            kind=row["kind"],
            text=row["text"].format(**slots),
            township=town,
            spot=spot,
            caller=dict(ANONYMOUS) if anonymous else self.caller(),
            unit=f"JZ-{self.townships[town]}" if unit == "JZ" else unit,
            **{
                key: str(row[key]).format(**slots)
                for key in ("matter", "basis", "result", "reply", "answer", "remainder")
                if key in row
            },
        )

    def caller(self) -> dict[str, Any]:
        """An invented caller: the numbers lie in a block nobody has been given."""
        rng = self.rng
        name = rng.choice(self.data["surnames"]) + rng.choice(["先生", "女士", "大姐", "师傅", "老师"])
        return {"name": name, "phone": f"1380000{rng.randint(0, 9999):04d}", "contact_ok": True}
