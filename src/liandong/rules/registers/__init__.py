"""The registers themselves, one subject a file. Every module here lists its tables as ``REGISTERS``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules

from ..register import Register


def _found() -> Iterator[Register]:
    for module in sorted(iter_modules(__path__), key=lambda one: one.name):
        yield from import_module(f"{__name__}.{module.name}").REGISTERS


@lru_cache(maxsize=1)
def registers() -> Mapping[str, Register]:
    """All registers by name. Raises ValueError where two have one name."""
    known: dict[str, Register] = {}
    for register in _found():
        if register.name in known:
            raise ValueError(f"two registers are called {register.name}")
        known[register.name] = register
    return known
