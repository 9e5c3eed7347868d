"""Import: the other side's files in their order, each proved before anything of it counts, applied a handful at a time.

A file that comes early waits, a known one is passed over, one that is not right is set aside with a reason. How far a
file was applied is committed together with what was applied: killed anywhere, the next run goes on behind it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from django.db import transaction

from liandong.casework import filestore, orders, replica, sides
from liandong.district import policy as district_policy
from liandong.engine.instants import now_ms
from liandong.engine.models import (
    Attachment,
    ExchangeAttachment,
    ExchangeBlob,
    ExchangeReceived,
    ExchangeSelf,
)
from liandong.rules.model import Refusal

from . import envelope, frames, identity, places, quarantine, receipts
from .envelope import Broken, Header, Sealed
from .quarantine import Rejected

NAME: Final = re.compile(r"\d{10}\.ldx")
HANDFUL: Final = 200
"""Records of one transaction: the desk waits some ten milliseconds at most on SQLite."""
LOOKED_AT: Final = 10_000
"""Names of a folder that one run looks at."""


class Imported(NamedTuple):
    """What one run did."""

    files: int
    events: int
    set_aside: int


def take_in() -> Imported:
    """Apply what has come and write a receipt. Raises Unfit, places.Busy."""
    folder = places.in_folder()
    if folder is None:
        raise identity.Unfit("没有设置交换目录：请设环境变量 LIANDONG_EXCHANGE_IN")
    identity.ourselves()
    identity.peer()
    files = events = aside = 0
    with places.alone():
        names = _names(folder)
        for name in sorted(name for name in names if receipts.NAME.fullmatch(name)):
            aside += _receipt(folder, name)
        for name in sorted(name for name in names if NAME.fullmatch(name)):
            number = int(name[:10])
            applied = identity.ourselves().applied
            if number <= applied:
                aside += _again(folder, name, number)
                continue
            if number > applied + 1:
                break  # it waits for the one before it; the receipt says which is missing
            try:
                events += _apply(folder / name, name, number)
                files += 1
            except FileNotFoundError:  # the carrier took it away again
                break
            except Rejected as wrong:
                quarantine.put(folder / name, name, wrong)
                aside += 1
        laid = places.out_folder()
        if laid is not None:
            receipts.write(laid, _missing(folder))
    return Imported(files, events, aside)


def _names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in islice(entries, LOOKED_AT)]


def _missing(folder: Path) -> list[int]:
    """Numbers between what was applied and the highest that has come, and the next one where it was set aside."""
    applied = identity.ourselves().applied
    here = {int(name[:10]) for name in _names(folder) if NAME.fullmatch(name)}
    ahead = {number for number in here if number > applied}
    gaps = [
        n for n in range(applied + 1, min(max(ahead, default=applied), applied + 5_000) + 1) if n not in here
    ]
    if not gaps and not ahead and quarantine.waiting():
        gaps = [applied + 1]
    return gaps[: receipts.MOST_MISSING]


def _receipt(folder: Path, name: str) -> int:
    path = folder / name
    try:
        with _opened(path, receipts.LIMIT) as reading:
            receipts.take(reading.read(receipts.LIMIT + 1))
    except Rejected as wrong:
        quarantine.put(path, name, wrong)
        return 1
    except FileNotFoundError:
        return 0
    places.remove(path)
    return 0


def _opened(path: Path, limit: int) -> IO[bytes]:
    """A regular file of bearable size, opened without following links. Raises Rejected."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Rejected("not_a_file", f"打不开：{error.strerror}") from error
    info = os.fstat(handle)
    if not stat.S_ISREG(info.st_mode):
        os.close(handle)
        raise Rejected("not_a_file", "不是普通文件")
    if info.st_size > limit:
        os.close(handle)
        raise Rejected("oversized", f"{info.st_size} 字节")
    return os.fdopen(handle, "rb")


def _again(folder: Path, name: str, number: int) -> int:
    """A number that was applied before: the same bytes are only repeated; other bytes are somebody's replay."""
    path = folder / name
    try:
        with _opened(path, envelope.FILE_LIMIT) as reading:
            digest = envelope.measured(reading).digest
    except FileNotFoundError:
        return 0
    except Broken as broken:
        quarantine.put(path, name, Rejected("damaged", str(broken)))
        return 1
    except Rejected as wrong:
        quarantine.put(path, name, wrong)
        return 1
    known = ExchangeReceived.objects.filter(number=number).values_list("digest", flat=True).first()
    if known is not None and known != digest:
        quarantine.put(path, name, Rejected("replayed", f"第 {number} 个文件早已收过，内容不同"))
        return 1
    places.remove(path)
    return 0


def _apply(path: Path, name: str, number: int) -> int:
    """Prove and apply one file; how many events it brought. Raises Rejected, with nothing of it applied."""
    spool = places.home("received") / name
    with _opened(path, envelope.FILE_LIMIT) as reading:
        _copy(reading, spool)  # what is proved is what is applied, whatever happens in the folder meanwhile
    try:
        with open(spool, "rb") as file:
            header, found, own = _proved(file, number)
            row, _ = ExchangeReceived.objects.get_or_create(
                number=number,
                defaults={
                    "digest": found.digest, "size": found.size, "made_ms": header.made_ms, "begun_ms": now_ms(),
                },
            )  # fmt: skip
            if row.digest != found.digest:
                if row.records:
                    raise Rejected("replayed", f"第 {number} 个文件已收了一部分，现在的内容不同")
                ExchangeReceived.objects.filter(number=number).update(digest=found.digest, size=found.size)
            events = _records(file, header, own, number, row.records)
    except Broken as broken:
        raise Rejected("damaged", str(broken)) from broken
    finally:
        places.remove(spool)
    places.remove(path)
    quarantine.settle(name)
    return events


def _copy(reading: IO[bytes], target: Path) -> None:
    size = 0
    with open(target, "wb") as writing:
        while part := reading.read(places.COPY):
            size += len(part)
            if size > envelope.FILE_LIMIT:
                raise Rejected("oversized", "读取时超过大小上限")
            writing.write(part)


def _proved(file: IO[bytes], number: int) -> tuple[Header, Sealed, identity.Private]:
    """The header of a file whose sender, place and signature are right; the file stands behind it. Raises Rejected."""
    us, peer = identity.ourselves(), identity.peer()
    found = envelope.measured(file)
    file.seek(0)
    header = envelope.header_of(file)
    if (header.sender, header.receiver) != (peer.instance, us.instance):
        raise Rejected("foreign", "文件不是对侧发给本侧的")
    key, own = identity.peer_key(header.sign_key), identity.own(header.box_key)
    if key is None:
        raise Rejected("unknown_key", "对侧的签名密钥未录入或已过期")
    if own is None:
        raise Rejected("unknown_key", "文件是用本侧已停用的公钥加密的")
    if not identity.proves(key, found.signature, found.covered):
        raise Rejected("forged", "签名不符")
    if header.number != number:
        raise Rejected("replayed", f"文件名是第 {number} 个，内容却是第 {header.number} 个")
    if header.previous != us.applied_digest:
        raise Rejected("chain", f"第 {number} 个文件不接在已收的第 {number - 1} 个之后")
    return header, found, own


class _Stretch:
    """A handful of records that are applied in one transaction."""

    def __init__(self) -> None:
        self.events: list[replica.Incoming] = []
        self.orders: list[orders.Order] = []
        self.results: list[dict[str, Any]] = []
        self.attachments: list[dict[str, Any]] = []
        self.erasures: list[dict[str, Any]] = []
        self.next_keys: list[identity.Card] = []
        self.count = 0


def _records(file: IO[bytes], header: Header, own: identity.Private, number: int, done: int) -> int:
    """Apply the records behind the ``done`` first ones; how many events. Raises Broken, Rejected."""
    keys: dict[str, bytes] = {}
    erased: set[str] = set()
    at = seen = applied = 0
    end: dict[str, Any] | None = None
    stretch = _Stretch()
    for kind, payload in envelope.records(file, header, own):
        at += 1
        try:
            if kind == frames.KEY:
                body = frames.load(payload)
                keys[str(body["case"])] = bytes.fromhex(body["key"])
            elif kind == frames.ERASED:
                erased.add(str(frames.load(payload)["case"]))
            elif kind == frames.EVENT:
                seen += 1
            elif kind == frames.END:
                end = frames.load(payload)
            if at > done:
                _read(kind, payload, stretch)
                stretch.count += 1
        except (ValueError, KeyError, TypeError, identity.Unfit) as error:
            raise Rejected("content", f"第 {at} 条记录读不出（{type(error).__name__}）") from error
        if stretch.count >= HANDFUL:
            applied += _commit(stretch, keys, frozenset(erased), number, at)
            stretch = _Stretch()
    if end is None or end.get("events") != seen:
        raise Rejected("content", "记录条数与文件所记不符")
    applied += _commit(stretch, keys, frozenset(erased), number, at, header)
    return applied


def _read(kind: bytes, payload: bytes, stretch: _Stretch) -> None:
    if kind == frames.EVENT:
        stretch.events.append(replica.Incoming.read(frames.load(payload)))
    elif kind == frames.BYTES:
        _write_piece(*frames.read_piece(payload))
    elif kind == frames.ATTACHMENT:
        stretch.attachments.append(frames.load(payload))
    elif kind == frames.ORDER:
        stretch.orders.append(orders.Order.read(frames.load(payload)))
    elif kind == frames.RESULT:
        stretch.results.append(frames.load(payload))
    elif kind == frames.ERASED:
        stretch.erasures.append(frames.load(payload))
    elif kind == frames.NEXT:
        stretch.next_keys.append(identity.Card.read(payload.decode()))
    elif kind not in (frames.KEY, frames.END):
        raise ValueError("an unknown kind of record")


def _commit(
    stretch: _Stretch, keys: dict[str, bytes], erased: frozenset[str], number: int, at: int, last: Header | None = None
) -> int:  # fmt: skip
    """Apply a handful and how far we are, in one transaction; ``last`` ends the file."""
    instant = now_ms()
    policy = district_policy.current()
    with transaction.atomic():
        taken = replica.take(stretch.events, keys, policy, instant, erased=erased)
        for one in stretch.erasures:
            replica.take_erasure(
                str(one["case"]), int(one["seq"]), int(one["at_ms"]), str(one["by"]), str(one["reason"])
            )
        for one in stretch.attachments:
            _attach(one, number)
        for order in stretch.orders:
            _order(order)
        for result in stretch.results:
            told = result["refusal"]
            orders.receive(
                str(result["id"]), str(result["state"]), int(result["done_ms"] or instant), result["version"],
                Refusal(*(str(part) for part in told[:3])) if told else None,
            )  # fmt: skip
        for card in stretch.next_keys:
            if card.instance == identity.peer().instance:
                identity.add_key(card.instance, card.sign, card.box, "announced")
        changed: dict[str, Any] = {"records": at}
        row = ExchangeReceived.objects.get(number=number)
        changed["events"] = row.events + taken.added
        if last is not None:
            changed["done_ms"] = instant
            ExchangeSelf.objects.filter(id=1).update(applied=number, applied_digest=row.digest)
        ExchangeReceived.objects.filter(number=number).update(**changed)
    return taken.added


def _order(order: orders.Order) -> None:
    """Keep an order for execution; one that the other side may not give is answered at once."""
    orders.put(order, orders.IN, "", orders.next_n(orders.IN))
    if not sides.may_order(sides.other(sides.here()), order.actor):
        detail = f"{sides.NAMES[sides.other(sides.here())]}不能以这个岗位的名义下达指令"
        orders.answer(order.id, orders.REFUSED, now_ms(), None, Refusal("wrong_role", "R12", detail))


_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def _write_piece(digest: str, offset: int, data: bytes) -> None:
    """A piece of an attachment's bytes goes to its place; written twice it is the same."""
    if offset + len(data) > filestore.SIZE_LIMIT:
        raise ValueError("an attachment is too large")
    path = places.home("partial") / digest
    with open(path, "r+b" if path.exists() else "w+b") as writing:
        writing.seek(offset)
        writing.write(data)


def _attach(row: dict[str, Any], number: int) -> None:
    """An attachment of the other side: its bytes, if they came, are kept by their digest; its row is entered."""
    identity_, digest = str(row["id"]), str(row["digest"])
    if not _DIGEST.fullmatch(digest) or len(identity_) > 32:
        raise Rejected("content", "附件的编号或摘要不合规则")
    partial = places.home("partial") / digest
    if partial.exists():
        data = partial.read_bytes()
        if filestore.digest_of(data) != digest:
            partial.unlink()
            raise Rejected("content", "附件的内容与摘要不符")
        filestore.write(digest, data)
        partial.unlink()
    ExchangeBlob.objects.get_or_create(digest=digest, defaults={"segment": -number})
    ExchangeAttachment.objects.get_or_create(id=identity_, defaults={"segment": -number})
    Attachment.objects.get_or_create(
        id=identity_,
        defaults={
            "case_no": str(row["case"])[:40], "digest": digest, "media_type": str(row["media_type"])[:100],
            "size": int(row["size"]), "name": str(row["name"])[:120], "by": str(row["by"])[:120],
            "at_ms": int(row["at_ms"]),
        },
    )  # fmt: skip


def waiting_names() -> Iterator[str]:
    """Files that lie in the incoming folder at present."""
    folder = places.in_folder()
    if folder is not None and folder.is_dir():
        yield from sorted(name for name in _names(folder) if NAME.fullmatch(name))
