"""What is counted over a period, and exactly which cases a count is made of (metrics of part E, M1-M25).

A figure is a pair of conditions over one kind of rows; its number and its list come from the same conditions, so that
the number on a page is the number of lines behind it.
"""

from .definitions import AGES, FIGURES, Figure
from .listing import Item, Items, items
from .query import NOWHERE, Filters, Window, may_count, may_list
from .tally import Count, tally

__all__ = [
    "AGES", "FIGURES", "NOWHERE", "Count", "Figure", "Filters", "Item", "Items", "Window", "items", "may_count",
    "may_list", "tally",
]  # fmt: skip
