"""What is written to the log carries no personal data, whatever an exception or a library puts into its message."""

from __future__ import annotations

import logging
import re

from liandong.rules.masking import GAP, strip

# PostgreSQL quotes the row it refuses, and with it summaries and whole texts; a parameter list does the same.
_ROW = re.compile(r"(DETAIL: {1,2}|Failing row contains |\[?parameters: ).*")
# A tracking code opens a case to whoever holds it, a check code proves a vehicle's mark; paths are logged with every
# refused request.
_CODE = re.compile(r"(/track/|/check/mark/)[^/\s\"']+")


class PrivateFormatter(logging.Formatter):
    """A formatter that takes personal data, refused rows and tracking codes out of the finished line, traceback included."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text without any of it."""
        text = _CODE.sub(rf"\g<1>{GAP}", super().format(record))
        return strip(_ROW.sub(rf"\g<1>{GAP}", text))
