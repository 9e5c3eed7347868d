"""How a command ends without doing its work: one clear line on stderr and an exit code, never a traceback."""

from __future__ import annotations


class CommandError(Exception):
    """A sentence for the person at the keyboard; ``code`` is the exit code of CONTRACT §5."""

    code = 1


class AnswerIsNo(CommandError):
    """The answer is "no", or something was violated (exit 1)."""

    code = 1


class WrongUse(CommandError):
    """The call itself is wrong: arguments, an unreadable file, a malformed line (exit 2)."""

    code = 2
