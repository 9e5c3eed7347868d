"""Paper forms for the hours in which the system is down: blocks of numbered slips as DOCX and PDF, and their later entry."""

from .forms import FORMS, Cell, Form, sheets
from .pdf import to_html, to_pdf
from .word import to_docx

__all__ = ["FORMS", "Cell", "Form", "sheets", "to_docx", "to_html", "to_pdf"]
