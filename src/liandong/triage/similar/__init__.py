"""Texts that tell of the same incident: one index in one file, written by one process and read by all.

``text`` makes keyed numbers of a text, ``layout`` says where they lie in the file, ``writer`` writes, ``reader`` and
``compare`` answer, ``settings`` are the pack's numbers. No Django here, and nothing but the standard library and numpy.
"""

from .compare import Match, Question, among
from .layout import Cursor, Layout, Purpose, Unusable
from .reader import COMPARED, Reader
from .settings import Settings, SimilarPackError, read
from .sheet import Entry
from .text import TextReader, folding
from .writer import Locked, Writer

__all__ = [
    "COMPARED",
    "Cursor",
    "Entry",
    "Layout",
    "Locked",
    "Match",
    "Purpose",
    "Question",
    "Reader",
    "Settings",
    "SimilarPackError",
    "TextReader",
    "Unusable",
    "Writer",
    "among",
    "folding",
    "read",
]
