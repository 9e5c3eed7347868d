"""SMS by a serial modem and AT commands, for a network without any way out.

Settings: ``device`` (/dev/…), ``baud``, ``mode`` (pdu: long texts joined by the telephone; text: UCS-2 in text mode, long
texts numbered), ``timeout`` seconds. A modem keeps no ids: after a kill between sending and recording a text
may come twice; joined parts carry the same reference, so that a telephone puts them over each other.
"""

from __future__ import annotations

import re
import time
import zlib

import serial

from .adapter import Failed, Outcome, Outgoing, Sent, Way
from .pdu import number, split, submit

_REFERENCE = re.compile(r"\+CMGS:\s*(\d+)")
_ERROR = re.compile(r"\+CM[SE] ERROR:\s*(\d+)")
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

    def ask(self, text: str, wanted: str = "OK", *, end: bytes = b"\r") -> str:
        """Say one thing and wait for its answer. Raises Silent, Refusal."""
        self.port.reset_input_buffer()
        self.port.write(text.encode("ascii") + end)
        heard, until = "", time.monotonic() + self.timeout
        while time.monotonic() < until and len(heard) < 4000:
            heard += self.port.read(max(1, self.port.in_waiting)).decode("ascii", "replace")
            lines = [line.strip() for line in heard.splitlines()]
            if wanted in lines or (wanted == ">" and heard.rstrip().endswith(">")):
                return heard
            error = _ERROR.search(heard)
            if error or "ERROR" in lines:
                raise Refusal(int(error[1]) if error else None)
        raise Silent(f"短信猫没有回答 {text[:12]}")


def send(way: Way, message: Outgoing) -> Outcome:
    """One text, all of its parts, with the port held alone."""
    settings, timeout = way.settings, float(way.settings["timeout"])
    try:
        number(message.to)
    except ValueError:
        return Failed("不是电话号码，请更正登记的号码", again=False, peer=False)
    if not DEVICE.fullmatch(settings["device"]) or ".." in settings["device"]:
        return Failed("设备名须在 /dev/ 下", again=False)
    try:
        with serial.Serial(
            settings["device"], int(settings["baud"]), timeout=0.1, write_timeout=timeout, exclusive=True
        ) as port:
            line = _Line(port, timeout)
            line.ask("AT")
            line.ask("ATE0")
            said = _pdu(line, message) if settings["mode"] == "pdu" else _text(line, message)
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


def _pdu(line: _Line, message: Outgoing) -> str:
    line.ask("AT+CMGF=0")
    parts = submit(message.to, message.text, zlib.crc32(message.id.encode()))
    return " ".join(_sent(line, f"AT+CMGS={length}", body) for length, body in parts)[:80]


def _text(line: _Line, message: Outgoing) -> str:
    line.ask("AT+CMGF=1")
    line.ask('AT+CSCS="UCS2"')
    line.ask("AT+CSMP=17,167,0,8")
    to = number(message.to).encode("utf-16-be").hex().upper()
    parts = split(message.text, joined=64)
    marks = [f"({at}/{len(parts)})" if len(parts) > 1 else "" for at in range(1, len(parts) + 1)]
    bodies = [
        (mark + part).encode("utf-16-be").hex().upper() for mark, part in zip(marks, parts, strict=True)
    ]
    return " ".join(_sent(line, f'AT+CMGS="{to}"', body) for body in bodies)[:80]
