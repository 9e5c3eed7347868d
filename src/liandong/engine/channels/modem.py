"""SMS by a serial modem and AT commands, for a network without any way out.

Settings: ``device`` (/dev/…), ``baud``, ``mode`` (pdu: long texts joined by the telephone; text: UCS-2 in text mode, long
texts numbered), ``reports`` (yes: the service centre is asked what became of each part), ``timeout`` seconds. Between two
calls the port is closed, so the modem keeps the reports: in its memory (``+CDSI``), or one that has none for them holds
their ``+CDS`` lines back (27.005: ``+CNMI`` mode 0) until it is asked. A modem keeps no ids: after a kill between sending and recording a text
may come twice; joined parts carry the same reference, so that a telephone puts them over each other.
"""

from __future__ import annotations

import logging
import re
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import serial

from .adapter import Failed, Outcome, Outgoing, Sent, Way
from .pdu import Report, number, report, split, submit

log = logging.getLogger("liandong.channels")

_REFERENCE = re.compile(r"\+CMGS:\s*(\d+)")
_ERROR = re.compile(r"\+CM[SE] ERROR:\s*(\d+)")
_KEPT = re.compile(r"\+CMGL:\s*(\d+),[^\r\n]*\s+([0-9A-Fa-f]+)")
_CAME = re.compile(r"\+CDS:\s*\d+\s+([0-9A-Fa-f]+)\s")
STORED, HELD, FLUSHED = "AT+CNMI=2,0,0,2,0", "AT+CNMI=0,0,0,1,0", "AT+CNMI=2,0,0,1,0"
"""Reports go to the memory; wait as lines; come as lines now."""
LISTEN_SECONDS = 0.5
"""So long no line may come before what was held back counts as told."""
MOST_HEARD, MOST_LISTED = 4_000, 40_000
BAD_NUMBER = {1, 8, 21, 28, 30}
"""+CMS ERROR (3GPP TS 27.005, 24.011): the number is none, barred, unknown; another try is no use."""
DEVICE = re.compile(r"/dev/[A-Za-z0-9_./-]{1,100}")


class Silent(Exception):
    """The modem did not answer, or not as it should; the text says after what (Chinese)."""


class Refusal(Exception):
    """The modem answered ERROR; ``code`` where it gave one."""

    def __init__(self, code: int | None) -> None:
        super().__init__(f"短信猫答 ERROR {code if code is not None else ''}".strip())
        self.code = code


class _Line:
    """One conversation over the open port."""

    def __init__(self, port: serial.Serial, timeout: float) -> None:
        self.port, self.timeout = port, timeout

    def ask(self, text: str, wanted: str = "OK", *, end: bytes = b"\r", most: int = MOST_HEARD) -> str:
        """Say one thing and wait for its answer. Raises Silent, Refusal."""
        self.port.reset_input_buffer()
        self.port.write(text.encode("ascii") + end)
        heard, until = "", time.monotonic() + self.timeout
        while time.monotonic() < until and len(heard) < most:
            heard += self.port.read(max(1, self.port.in_waiting)).decode("ascii", "replace")
            lines = [line.strip() for line in heard.splitlines()]
            if wanted in lines or (wanted == ">" and heard.rstrip().endswith(">")):
                return heard
            error = _ERROR.search(heard)
            if error or "ERROR" in lines:
                raise Refusal(int(error[1]) if error else None)
        raise Silent(f"短信猫没有回答 {text[:12]}")

    def allows(self, text: str) -> bool:
        """Say one thing; whether it was taken. Raises Silent."""
        try:
            self.ask(text)
        except Refusal:
            return False
        return True

    def listen(self) -> str:
        """What comes by itself, until the line is quiet."""
        heard, until = "", time.monotonic() + self.timeout
        quiet = time.monotonic() + LISTEN_SECONDS
        while time.monotonic() < min(quiet, until) and len(heard) < MOST_LISTED:
            said = self.port.read(max(1, self.port.in_waiting)).decode("ascii", "replace")
            if said:
                heard, quiet = heard + said, time.monotonic() + LISTEN_SECONDS
        return heard


@contextmanager
def _opened(way: Way) -> Iterator[_Line]:
    """The port held alone, the modem awake and not echoing. Raises Silent, Refusal, serial.SerialException, OSError."""
    settings, timeout = way.settings, float(way.settings["timeout"])
    with serial.Serial(
        settings["device"], int(settings["baud"]), timeout=0.1, write_timeout=timeout, exclusive=True
    ) as port:
        line = _Line(port, timeout)
        line.ask("AT")
        line.ask("ATE0")
        yield line


def _wants(way: Way) -> bool:
    return bool(way.settings.get("reports", "yes") == "yes")


def send(way: Way, message: Outgoing) -> Outcome:
    """One text, all of its parts, with the port held alone."""
    settings = way.settings
    try:
        number(message.to)
    except ValueError:
        return Failed("不是电话号码，请更正登记的号码", again=False, peer=False)
    if not DEVICE.fullmatch(settings["device"]) or ".." in settings["device"]:
        return Failed("设备名须在 /dev/ 下", again=False)
    try:
        with _opened(way) as line:
            wanted = _wants(way) and (line.allows(STORED) or line.allows(HELD))
            said = _pdu(line, message, wanted) if settings["mode"] == "pdu" else _text(line, message, wanted)
    except Refusal as error:
        lasting = error.code in BAD_NUMBER
        return Failed(str(error), again=not lasting, peer=not lasting)
    except (Silent, serial.SerialException, OSError) as error:
        return Failed(str(error)[:200] or "短信猫打不开")
    return Sent(said)


def _sent(line: _Line, command: str, body: str) -> str:
    """One part: the command, its prompt, the body. The modem's reference."""
    line.ask(command, ">")
    try:
        found = _REFERENCE.search(line.ask(body, end=b"\x1a"))
    except Silent:
        line.port.write(b"\x1b")  # out of the prompt, or the next command would be read as text
        raise
    return found[1] if found else ""


def collect(way: Way, heard: Callable[[Report], None]) -> int:
    """Hand over every report that the modem keeps, then take it out of the modem; how many. A report that ``heard``
    could not enter stays. Raises Silent, Refusal, serial.SerialException, OSError."""
    if not _wants(way):
        return 0
    with _opened(way) as line:
        line.ask("AT+CMGF=0")
        if not line.allows(STORED):
            came = _CAME.findall(line.ask(FLUSHED) + line.listen() + "\n")
            line.allows(HELD)
            return sum(_told(way, pdu, heard) for pdu in came)
        line.allows(
            'AT+CPMS="SR"'
        )  # a modem without a memory of its own for reports lists them among all else
        done = 0
        for index, pdu in _KEPT.findall(line.ask("AT+CMGL=4", most=MOST_LISTED)):
            if _told(way, pdu, heard):
                line.ask(f"AT+CMGD={index}")
                done += 1
        return done


def _told(way: Way, pdu: str, heard: Callable[[Report], None]) -> bool:
    """Whether that was a report; what is none (a text somebody sent us) is left where it is."""
    try:
        found = report(pdu)
    except ValueError as error:
        log.warning("channel %s: unreadable status report (%s)", way.code, error)
        return False
    if found is None:
        return False
    heard(found)
    return True


def _pdu(line: _Line, message: Outgoing, reports: bool) -> str:
    line.ask("AT+CMGF=0")
    parts = submit(message.to, message.text, zlib.crc32(message.id.encode()), reports=reports)
    return " ".join(_sent(line, f"AT+CMGS={length}", body) for length, body in parts)[:80]


def _text(line: _Line, message: Outgoing, reports: bool) -> str:
    line.ask("AT+CMGF=1")
    line.ask('AT+CSCS="UCS2"')
    line.ask(f"AT+CSMP={49 if reports else 17},167,0,8")
    to = number(message.to).encode("utf-16-be").hex().upper()
    parts = split(message.text, joined=64)
    marks = [f"({at}/{len(parts)})" if len(parts) > 1 else "" for at in range(1, len(parts) + 1)]
    bodies = [
        (mark + part).encode("utf-16-be").hex().upper() for mark, part in zip(marks, parts, strict=True)
    ]
    return " ".join(_sent(line, f'AT+CMGS="{to}"', body) for body in bodies)[:80]
