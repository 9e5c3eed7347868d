"""What the checks of a sampling know: the cases there are to draw from, and the system's own randomness (R65)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from liandong.registers import frames
from liandong.registers.facts import Asked, provides
from liandong.rules import periods


@provides("sampling")
def known(asked: Asked) -> Mapping[str, Any]:
    """``frame``: found now for a new sampling, as it was kept for one announced before; ``chance``: a fresh seed.

    A frame that is drawn from is kept at once, in the step's own transaction: a refused step takes it away again.
    """
    if asked.entry is not None:
        wanted = asked.step.name == "draw_announced"
        return {"frame": frames.get(asked.entry.data["frame"]) if wanted else {}}
    try:
        frame = frames.find(asked.actor, asked.fields, asked.policy, asked.now)
    except (KeyError, periods.BadPeriod):
        return {"frame": {}}  # the period is missing or none: refused by its field
    if frame:
        frames.keep(frame)
    return {"frame": frame, "chance": secrets.token_hex(16)}
