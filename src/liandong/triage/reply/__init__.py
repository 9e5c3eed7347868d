"""How well a reply answers what was asked: scores with their reasons for a supervisor to read. Decides nothing.

``Judge.from_pack(directory).judge(request, reply)`` is all that the floors above need.
"""

from .judge import Judge
from .values import Asked, Measure, Quality

__all__ = ["Asked", "Judge", "Measure", "Quality"]
