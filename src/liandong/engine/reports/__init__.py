"""Reports: one definition a kind (pack ``reports.toml``) → one neutral Report → xlsx, docx, pdf, json and a page of the
same words (part E, R45, R69). What was drawn up is kept and never changes.
"""

from . import archive, schedule
from .draw import CannotReport, draw, own_period, period_of, setting_of
from .files import FORMATS
from .values import Report

__all__ = [
    "FORMATS", "CannotReport", "Report", "archive", "draw", "own_period", "period_of", "schedule", "setting_of",
]  # fmt: skip
