"""What units have ready and what they lack (R23–R24, R48, R54–R61, R64): one table of units and items on a day."""

from .items import GAP, ITEMS, NONE, OK, SOON, Cell, Gap, Item
from .table import Row, Table, table

__all__ = ["GAP", "ITEMS", "NONE", "OK", "SOON", "Cell", "Gap", "Item", "Row", "Table", "table"]
