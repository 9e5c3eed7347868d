"""Hold the English catalogue of the pages against the texts the program translates; write it anew.

usage: python scripts/check_translations.py [--write [FRAGMENT.po …]]
Without --write: names what is wrong and ends with 1. With it: takes what is missing from the fragments (what the
catalogue says stays), drops what nothing uses any more, sorts by the first file that uses a text, and compiles
django.mo. What is then still without English is named, and ends with 1 as well.

Python's own means only (``ast``, Django's ``templatize``), so that no machine needs the gettext tools.
"""

from __future__ import annotations

import ast
import gettext
import io
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation.template import templatize

from liandong.district.placeholders import KNOWN
from liandong.rules.register import Register
from liandong.rules.registers import registers
from liandong.rules.table import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "liandong"
CATALOGUE = SOURCE / "screens" / "locale" / "en" / "LC_MESSAGES" / "django.po"
HEAD = (
    "# English beside the Chinese of the pages. Written by scripts/check_translations.py --write, which adds, drops\n"
    "# and sorts entries; only the msgstr lines are written by hand.\n"
)
FIELDS = {
    "Project-Id-Version": "liandong",
    "Language": "en",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=2; plural=(n != 1);",
}
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy"}
IN_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}

STRING = r"""u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
CALL = re.compile(rf"(?<![\w.])(_|gettext|ngettext|n?pgettext)\(\s*({STRING})(?:\s*,\s*({STRING}))?", re.S)
"""One call in what ``templatize`` makes of a template."""
HOLE = re.compile(r"%\(\w+\)s|\{\w*\}")
BARE_PERCENT = re.compile(r"(?<!%)(?:%%)*%(?![%(])")
CHINESE = re.compile(r"[\u3400-\u9fff]")
QUOTED = re.compile("“[^”]*”")
"""What an English text may leave in Chinese: words somebody has to type or to find again."""
BY_NAME = {"spec.label or name", "placeholders.KNOWN[name]", "str(text)"}
"""The expressions that are translated by name: words of the floors below, which know no gettext (``from_below``)."""


@dataclass(slots=True)
class Text:
    """A text the program translates: its plural, if it has one, and the files that use it."""

    msgid: str
    plural: str = ""
    files: list[str] = field(default_factory=list)

    @property
    def in_template(self) -> bool:
        """Whether a template holds it; there every percent sign is doubled."""
        return any(name.endswith(".html") for name in self.files)


@dataclass(slots=True)
class Entry:
    """What the catalogue has for one text: one English form, two when the text has a plural."""

    msgid: str = ""
    plural: str = ""
    english: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        """Whether the reader of English gets it: every form is there and none is a guess."""
        forms = 2 if self.plural else 1
        return "fuzzy" not in self.flags and len(self.english) == forms and all(self.english)


# --- what the program says ------------------------------------------------------------------------------------


def collect(source: Path = SOURCE) -> dict[str, Text]:
    """Every translatable text below ``source``, in the order of files and lines, and what is translated by name."""
    found: dict[str, Text] = {}

    def note(msgid: str, plural: str, file: str) -> None:
        text = found.setdefault(msgid, Text(msgid))
        text.plural = text.plural or plural
        if file not in text.files:
            text.files.append(file)

    for path in sorted(source.rglob("*")):
        reader = {".py": in_python, ".html": in_template, ".txt": in_template}.get(path.suffix)
        if reader is not None and (path.suffix == ".py" or "templates" in path.parts):
            for msgid, plural in reader(path.read_text(encoding="utf-8")):
                note(msgid, plural, path.relative_to(source).as_posix())
    for msgid, file in from_below():
        if msgid:
            note(msgid, "", file)
    return found


def from_below() -> Iterator[tuple[str, str]]:
    """Words of the floors below that the pages translate: of the command table's fields, placeholders, registers."""
    for row in COMMANDS.values():
        for spec in row.fields:
            yield spec.label or spec.name, "rules/table.py"
    for name in KNOWN.values():
        yield name, "district/placeholders.py"
    for register in registers().values():
        for word in of_register(register):
            yield word, f"rules/registers ({register.name})"


def of_register(register: Register) -> Iterator[str]:
    """Every word of a register's table that a page shows."""
    yield from (register.label, register.about, *register.states.values(), *register.words.values())
    for step in register.steps:
        yield from (step.label, step.help, *(spec.label for spec in step.fields))


def in_python(code: str) -> Iterator[tuple[str, str]]:
    """The texts given to gettext and its kin in a Python file, with their plurals.

    Raises ValueError where a text is no literal (nobody could find it) and for a context, which no page needs so far.
    """
    if "gettext" not in code:
        return
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in IN_CONTEXT:
            raise ValueError(f"{name}: a context is not supported")
        wanted = node.args[:1] if name in ONE else node.args[:2] if name in MANY else []
        texts = [arg.value for arg in wanted if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if texts and len(texts) == len(wanted):
            yield texts[0], texts[1] if name in MANY else ""
        elif wanted and ast.unparse(wanted[0]) not in BY_NAME:
            raise ValueError(f"line {node.lineno}: {name} needs the text itself")


def in_template(source: str) -> Iterator[tuple[str, str]]:
    """The texts of a template: ``translate``, ``blocktranslate`` with plurals, ``_("…")`` in expressions."""
    for name, first, second in CALL.findall(templatize(source)):
        if name.endswith("pgettext"):
            raise ValueError(f"{name}: a context is not supported")
        yield ast.literal_eval(first), ast.literal_eval(second) if name == "ngettext" else ""


# --- the catalogue --------------------------------------------------------------------------------------------


def read(path: Path) -> dict[str, Entry]:
    """The entries of a .po file by msgid, without its header; the first one counts, as in ``msgcat --use-first``."""
    entries: dict[str, Entry] = {}
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        entry, into = Entry(), ""
        parts: dict[str, str] = {}
        for line in block.splitlines():
            if line.startswith("#,"):
                entry.flags |= {flag.strip() for flag in line[2:].split(",")}
            elif line and not line.startswith("#"):
                keyword, _, rest = line.partition('"')
                into = keyword.strip() or into
                parts[into] = parts.get(into, "") + ast.literal_eval(f'"{rest.rstrip()}')
        entry.msgid, entry.plural = parts.pop("msgid", ""), parts.pop("msgid_plural", "")
        entry.english = [parts[keyword] for keyword in sorted(parts)]
        if entry.msgid:
            entries.setdefault(entry.msgid, entry)
    return entries


def merged(texts: dict[str, Text], *sources: dict[str, Entry]) -> dict[str, Entry]:
    """One entry for every text in use, its English from the first source that has it."""
    entries = {}
    for text in sorted(texts.values(), key=lambda text: text.files[0]):
        known = next((at[text.msgid] for at in sources if text.msgid in at and at[text.msgid].done), None)
        english = list(known.english) if known else [""]
        if text.plural and len(english) == 1:
            english *= 2
        entries[text.msgid] = Entry(text.msgid, text.plural, english if text.plural else english[:1])
    return entries


def quoted(words: str) -> str:
    """A text as .po files write it."""
    return (
        '"' + words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
    )


def written(entries: dict[str, Entry], texts: dict[str, Text]) -> str:
    """The catalogue as a .po file: each entry with the files that use it."""
    header = "".join(f"{quoted(f'{name}: {value}' + chr(10))}\n" for name, value in FIELDS.items())
    blocks = [f'{HEAD}msgid ""\nmsgstr ""\n{header}']
    for entry in entries.values():
        lines = [f"#: {name}" for name in texts[entry.msgid].files]
        if "%(" in entry.msgid:
            lines.append("#, python-format")
        elif re.search(r"\{\w*\}", entry.msgid):
            lines.append("#, python-brace-format")
        lines.append(f"msgid {quoted(entry.msgid)}")
        if entry.plural:
            lines.append(f"msgid_plural {quoted(entry.plural)}")
            lines += [f"msgstr[{n}] {quoted(form)}" for n, form in enumerate(entry.english)]
        else:
            lines.append(f"msgstr {quoted(entry.english[0])}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def compiled(entries: dict[str, Entry]) -> bytes:
    """The same as a .mo file (gettext manual, "MO Files"): sorted, without a hash table; what lacks English is left out."""
    header = "".join(f"{name}: {value}\n" for name, value in FIELDS.items())
    pairs = {b"": header.encode()}
    for entry in entries.values():
        if entry.done:
            key = f"{entry.msgid}\0{entry.plural}" if entry.plural else entry.msgid
            pairs[key.encode()] = "\0".join(entry.english).encode()
    keys = sorted(pairs)
    tables, strings = [], b""
    start = 28 + 16 * len(keys)
    for table in (keys, [pairs[key] for key in keys]):
        for words in table:
            tables.append(struct.pack("<II", len(words), start + len(strings)))
            strings += words + b"\0"
    count = len(keys)
    return struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0) + b"".join(tables) + strings


def spoken(mo: bytes) -> dict[object, str]:
    """What a .mo file says, whoever compiled it."""
    said = gettext.GNUTranslations(io.BytesIO(mo))._catalog  # type: ignore[attr-defined]
    return {key: words for key, words in said.items() if key}


# --- what may be wrong ----------------------------------------------------------------------------------------


def without_english(texts: dict[str, Text], entries: dict[str, Entry]) -> list[str]:
    """Texts the reader of English would get in Chinese: no entry, an empty one, a guess, or Chinese in it."""
    wrong = []
    for text in texts.values():
        entry = entries.get(text.msgid)
        if (
            entry is None
            or not entry.done
            or entry.plural != text.plural
            or any(CHINESE.search(QUOTED.sub("", form)) for form in entry.english)
        ):
            wrong.append(text.msgid)
    return wrong


def with_other_holes(texts: dict[str, Text], entries: dict[str, Entry]) -> list[str]:
    """Texts whose English has other placeholders than the Chinese, or a percent sign that breaks the page."""
    wrong = []
    for entry in entries.values():
        text = texts.get(entry.msgid)
        formats = "%(" in entry.msgid or (text is not None and text.in_template)
        for form in entry.english if entry.done else []:
            if set(HOLE.findall(form)) != set(HOLE.findall(entry.msgid)) or (
                formats and BARE_PERCENT.search(form)
            ):
                wrong.append(entry.msgid)
                break
    return wrong


def unused(texts: dict[str, Text], entries: dict[str, Entry]) -> list[str]:
    """Entries nothing uses any more."""
    return [msgid for msgid in entries if msgid not in texts]


def main(arguments: list[str]) -> int:
    """0 when every text has its English and the compiled catalogue says the same."""
    if not settings.configured:
        settings.configure()
    texts, entries = collect(), read(CATALOGUE)
    compiled_at = CATALOGUE.with_suffix(".mo")
    if arguments[:1] == ["--write"]:
        entries = merged(texts, entries, *(read(Path(name)) for name in arguments[1:]))
        CATALOGUE.write_text(written(entries, texts), encoding="utf-8")
        compiled_at.write_bytes(compiled(entries))
    wrong = [f"no English: {text}" for text in without_english(texts, entries)]
    wrong += [f"other placeholders: {text}" for text in with_other_holes(texts, entries)]
    wrong += [f"used nowhere: {text}" for text in unused(texts, entries)]
    if spoken(compiled_at.read_bytes()) != spoken(compiled(entries)):
        wrong.append("django.mo does not say what django.po says: run this with --write")
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"{len(entries)} entries, {len(wrong)} wrong", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
