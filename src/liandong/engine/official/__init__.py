"""Official papers after GB/T 9704-2012 as DOCX and PDF: one ``Paper``, the same words in both.

The paper knows nothing of cases or figures: reports, event reports, slips and circulars are written with it. Layout in
numbers is in ``layout``; text from people is made safe in ``safe`` before it reaches either format.
"""

from .layout import SEAL_SPACE
from .pdf import to_html, to_pdf
from .values import Block, Chart, Heading, Paper, Picture, Rows, Series, Text
from .word import to_docx

__all__ = [
    "SEAL_SPACE", "Block", "Chart", "Heading", "Paper", "Picture", "Rows", "Series", "Text", "to_docx", "to_html",
    "to_pdf",
]  # fmt: skip
