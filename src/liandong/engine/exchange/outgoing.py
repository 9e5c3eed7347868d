"""Export: what this side appended, ordered and answered becomes numbered files; what is not acknowledged is offered again.

A file counts once its row is committed: killed before, the next run writes the same number anew; killed after, the next
run lays it out. Its bytes wait in the spool until some days after the receipt, for an other side that was restored.
"""

from __future__ import annotations

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Final, NamedTuple

from django.db import transaction

from liandong.casework import filestore, history, orders, replica, rows
from liandong.casework.jsontext import parse
from liandong.engine.instants import now_ms
from liandong.engine.models import (
    Attachment,
    ExchangeAttachment,
    ExchangeBlob,
    ExchangeKey,
    ExchangeSelf,
    ExchangeSent,
)
from liandong.rules.model import Refusal

from . import frames, identity, places
from .envelope import Writer

log = logging.getLogger("liandong.exchange")

EVENTS: Final = 2_000
"""Positions of the log that one file goes through."""
STRETCH: Final = 500
FILE_BYTES: Final = 24 * 1024 * 1024
"""No further attachment begins in a file from this size on."""
OTHERS: Final = 500
OFFER_AGAIN_MS: Final = int(timedelta(minutes=10).total_seconds() * 1000)
"""A file that a carrier took away, and that no receipt spoke of, is laid out again after so long."""
KEEP_MS: Final = int(timedelta(days=7).total_seconds() * 1000)
LATE_UPLOADS_MS: Final = 3_600_000
"""An upload that commits late is still found so long behind the newest."""
FILES_A_RUN: Final = 200


class Exported(NamedTuple):
    """What one run did."""

    files: int
    events: int
    offered: int


def name_of(number: int) -> str:
    """A file's name in the folder."""
    return f"{number:010d}.ldx"


def export(limit: int = FILES_A_RUN, *, again: bool = False) -> Exported:
    """Write what is new into files and lay out what is not acknowledged (``again``: without waiting for its turn). Raises Unfit, places.Busy, OSError."""
    folder = places.out_folder()
    if folder is None:
        raise identity.Unfit("没有设置交换目录：请设环境变量 LIANDONG_EXCHANGE_OUT")
    with places.alone():
        files = events = 0
        while files < limit and (made := _next_file()) is not None:
            files += made.files
            events += made.events
        offered = _offer(folder, again)
        _sweep()
    return Exported(files, events, offered)


def spooled(number: int) -> Path:
    """Where the bytes of a file of ours wait."""
    return places.home("sent") / name_of(number)


class _Made(NamedTuple):
    files: int
    events: int


def _next_file() -> _Made | None:
    """Write one file (none where a stretch of the log was all the other side's); None where there is nothing to say."""
    us = identity.ourselves()
    own, theirs = identity.own(), identity.peer_key()
    if own is None or theirs is None:
        raise identity.Unfit("密钥已过期：请重新交换公钥文件（liandong exchange card / peer add）")
    last = ExchangeSent.objects.order_by("-number").first()
    number, previous = (last.number + 1, last.digest) if last else (1, "")
    if us.receipt_in and int(parse(us.receipt_in_body)["applied"]) >= number:
        raise identity.Unfit(
            "对侧已收到编号更大的文件：本侧的库比对侧旧（可能从备份恢复过）。请先与对侧核对，再由技术人员处理"
        )
    given, said = orders.unsent(orders.OUT, OTHERS), orders.unsent(orders.IN, OTHERS)
    tail = history.tail_position()  # after the orders: what they speak of stands before it
    until = min(us.exported + EVENTS, tail)
    if until < tail:
        given, said = [], []  # an order or an answer never travels ahead of the events it goes with
    files = _new_attachments(us.attachments_ms)
    announced = identity.announced()
    fresh = until > us.exported and _any_own(us.exported, until)
    repeated = announced is not None and _told(announced.key_id)
    if not (fresh or given or said or files or (announced and not repeated)):
        if until > us.exported:
            ExchangeSelf.objects.filter(id=1, exported=us.exported).update(exported=until)
            return _Made(0, 0)
        return None
    draft = spooled(number).with_suffix(".draft")
    peer = identity.peer()
    writer = Writer(
        draft,
        us.instance,
        peer.instance,
        number,
        previous,
        own,
        bytes(theirs.box_public),
        theirs.id,
        now_ms(),
    )
    try:
        if announced:
            writer.record(frames.NEXT, announced.text().encode())
        attached, blobs = _attachments(writer, files)
        events = _events(writer, us.exported, until)
        for identity_, body, *_rest in given:
            order = orders.opened(body, identity_)
            writer.record(frames.ORDER, frames.dump(order.body()))
        for identity_, _body, state, done_ms, version, code, rule, detail in said:
            result = {
                "id": identity_, "state": state, "done_ms": done_ms, "version": version,
                "refusal": list(Refusal(code, rule, detail)[:3]) if code else None,
            }  # fmt: skip
            writer.record(frames.RESULT, frames.dump(result))
        others = len(given) + len(said) + len(attached)
        writer.record(frames.END, frames.dump({"events": events, "orders": len(given), "results": len(said)}))
        digest, size = writer.close()
    except BaseException:
        writer.abandon()
        draft.unlink(missing_ok=True)
        raise
    os.replace(draft, spooled(number))
    places.settle(spooled(number).parent)
    with transaction.atomic():
        moved = ExchangeSelf.objects.filter(id=1, exported=us.exported).update(
            exported=until, attachments_ms=max([us.attachments_ms, *(one.at_ms for one in attached)])
        )
        if not moved:
            raise RuntimeError("another process exported meanwhile")
        ExchangeSent.objects.create(
            number=number, digest=digest, size=size, events=events, others=others, made_ms=now_ms()
        )
        orders.carried([row[0] for row in (*given, *said)], number)
        ExchangeAttachment.objects.bulk_create(
            [ExchangeAttachment(id=one.id, segment=number) for one in attached]
        )
        ExchangeBlob.objects.bulk_create([ExchangeBlob(digest=digest, segment=number) for digest in blobs])
    return _Made(1, events)


def _told(key: str) -> bool:
    """Whether the next keys were announced in a file: files arrive for certain, so once is enough."""
    made = ExchangeKey.objects.get(id=key).made_ms
    return ExchangeSent.objects.filter(made_ms__gte=made).exists()


def _any_own(after: int, until: int) -> bool:
    """Whether a stretch of the log holds an event of this side."""
    return bool(
        rows.one(
            "SELECT 1 FROM casework_event e LEFT JOIN casework_origin g ON g.position = e.position "
            "WHERE e.position > %s AND e.position <= %s AND g.origin IS NULL LIMIT 1",
            [after, until],
        )
    )


def _events(writer: Writer, after: int, until: int) -> int:
    """This side's events of a stretch, each case's key before its first private one."""
    known: set[str] = set()
    count = 0
    for start in range(after, until, STRETCH):
        stretch = replica.given(start, min(start + STRETCH, until))
        fresh = sorted({one.case for one in stretch if one.digest and one.case not in known})
        known.update(fresh)
        for no, key in replica.keys_of(fresh).items():
            writer.record(frames.KEY, frames.dump({"case": no, "key": key.hex()}))
        for no, seq, at_ms, by, reason in replica.erased_of(fresh):
            erased = {"case": no, "seq": seq, "at_ms": at_ms, "by": by, "reason": reason}
            writer.record(frames.ERASED, frames.dump(erased))
        for one in stretch:
            writer.record(frames.EVENT, frames.dump(one.written()))
        count += len(stretch)
    return count


def _new_attachments(since: int) -> list[Attachment]:
    """Attachments that the other side does not have yet, the oldest first."""
    recent = Attachment.objects.filter(at_ms__gte=since - LATE_UPLOADS_MS).order_by("at_ms", "id")
    found: list[Attachment] = []
    for one in recent.iterator(chunk_size=200):
        if len(found) >= OTHERS:
            break
        if not ExchangeAttachment.objects.filter(id=one.id).exists():
            found.append(one)
    return found


def _attachments(writer: Writer, found: list[Attachment]) -> tuple[list[Attachment], list[str]]:
    """Rows and, where the other side has not got them, bytes; as many as one file takes."""
    sent: list[Attachment] = []
    blobs: list[str] = []
    for one in found:
        if writer.size > FILE_BYTES:
            break
        if one.digest not in blobs and not ExchangeBlob.objects.filter(digest=one.digest).exists():
            try:
                _bytes(writer, one.digest)
                blobs.append(one.digest)
            except FileNotFoundError:
                log.error("attachment %s: its bytes are not in the store; its row travels alone", one.id)
        row = {
            "id": one.id, "case": one.case_no, "digest": one.digest, "media_type": one.media_type, "size": one.size,
            "name": one.name, "by": one.by, "at_ms": one.at_ms,
        }  # fmt: skip
        writer.record(frames.ATTACHMENT, frames.dump(row))
        sent.append(one)
    return sent, blobs


def _bytes(writer: Writer, digest: str) -> None:
    with open(filestore.path_of(digest), "rb") as reading:
        offset = 0
        while part := reading.read(frames.PIECE):
            writer.record(frames.BYTES, frames.piece(digest, offset, part))
            offset += len(part)


def _offer(folder: Path, again: bool) -> int:
    """Lay out what is not acknowledged and does not lie there: new ones, those reported missing, those long silent."""
    us = identity.ourselves()
    missing = set(parse(us.receipt_in_body)["missing"]) if us.receipt_in_body else set()
    instant, offered = now_ms(), 0
    for row in ExchangeSent.objects.filter(acknowledged_ms__isnull=True).order_by("number").iterator():
        target = folder / name_of(row.number)
        if target.exists():
            continue
        due = again or row.offers == 0 or row.offered_ms <= instant - OFFER_AGAIN_MS
        if not due and not (row.number in missing and row.offered_ms < (us.receipt_in_ms or 0)):
            continue
        places.publish(spooled(row.number), target)
        ExchangeSent.objects.filter(number=row.number).update(offered_ms=instant, offers=row.offers + 1)
        offered += 1
    return offered


def _sweep() -> None:
    """Drop from the spool what was acknowledged some days ago."""
    old = ExchangeSent.objects.filter(acknowledged_ms__lt=now_ms() - KEEP_MS).order_by("-number")[:200]
    for row in old:
        places.remove(spooled(row.number))


def acknowledge(applied: int, folder: Path | None) -> None:
    """The other side applied everything up to this number: its copies in the folder go. A smaller number than before (it
    was restored) makes the later files unacknowledged again, so that they are offered anew."""
    done = ExchangeSent.objects.filter(number__lte=applied, acknowledged_ms__isnull=True)
    numbers = list(done.values_list("number", flat=True))
    done.update(acknowledged_ms=now_ms())
    ExchangeSent.objects.filter(number__gt=applied, acknowledged_ms__isnull=False).update(
        acknowledged_ms=None, offers=0
    )
    ExchangeSelf.objects.filter(id=1).update(acknowledged=applied)
    for number in numbers:
        if folder is not None:
            places.remove(folder / name_of(number))
