"""Item 10: personal data never enters a log, also not by way of an exception's message."""

from __future__ import annotations

import logging
import sys

from django.conf import settings

from liandong.site.logs import PrivateFormatter


def told(message: str, *values: object, error: BaseException | None = None) -> str:
    info = None
    if error is not None:
        try:
            raise error
        except BaseException:
            info = sys.exc_info()
    return PrivateFormatter().format(logging.LogRecord("x", logging.ERROR, "f", 1, message, values, info))


def test_the_console_uses_it() -> None:
    handler = settings.LOGGING["handlers"]["console"]
    assert settings.LOGGING["formatters"][handler["formatter"]]["()"] == "liandong.site.logs.PrivateFormatter"


def test_numbers_and_names_are_taken_out_of_message_and_traceback() -> None:
    text = told(
        "clock of %s: %s",
        "QJFL-500110-20180601-00001-7",
        "打13812341234",
        error=ValueError("我叫张三，住址不详"),
    )
    assert "13812341234" not in text
    assert "张三" not in text
    assert "QJFL-500110-20180601-00001-7" in text
    assert "ValueError" in text
    assert "Traceback" in text


def test_a_refused_row_is_not_quoted() -> None:
    error = ValueError("null value violates\nDETAIL:  Failing row contains (1, 家里私事).\nCONTEXT: x")
    assert "私事" not in told("failed", error=error)


def test_a_tracking_code_is_not_logged() -> None:
    assert "AbCdEf" not in told("Too Many Requests: %s", "/api/v1/public/track/AbCdEf0123456789xyz")
