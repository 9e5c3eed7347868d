"""Receipts: a small signed file that says up to which number everything was applied, and what is missing.

Receipts are numbered by themselves; an older one than the last says nothing new. They are not acknowledged.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from liandong.engine.instants import now_ms
from liandong.engine.models import ExchangeQuarantine, ExchangeSelf, ExchangeSent

from . import identity, outgoing, places
from .quarantine import Rejected

NAME: Final = re.compile(r"R\d{10}\.ldr")
LIMIT: Final = 65_536
FORMAT: Final = "LDR1"
SIGN_OF_LIFE_MS: Final = 60_000
"""So often a receipt is written although nothing came: the other side sees that the way is open."""
MOST_MISSING: Final = 500


def write(folder: Path, missing: list[int]) -> bool:
    """Write a receipt where something changed or the last one is old; whether one was written."""
    us = identity.ourselves()
    body = {
        "applied": us.applied,
        "digest": us.applied_digest,
        "missing": missing[:MOST_MISSING],
        "refused": sorted(
            set(ExchangeQuarantine.objects.filter(state="open").values_list("name", flat=True)[:50])
        ),
        "keys": identity.peer_key_ids(),
    }
    text = json.dumps(body, sort_keys=True)
    if text == us.receipt_out_body and now_ms() - us.receipt_out_ms < SIGN_OF_LIFE_MS:
        return False
    number = us.receipt_out + 1
    own = identity.own()
    if own is None:
        raise identity.Unfit("密钥已过期：请重新交换公钥文件")
    whole = {
        "format": FORMAT, "sender": us.instance, "receiver": identity.peer().instance, "n": number, "at_ms": now_ms(),
        "key": own.id, **body,
    }  # fmt: skip
    covered = json.dumps(whole, sort_keys=True).encode()
    ExchangeSelf.objects.filter(id=1).update(
        receipt_out=number, receipt_out_ms=now_ms(), receipt_out_body=text
    )
    places.put_text(
        folder / f"R{number:010d}.ldr", covered + b"\n" + own.sign.sign(covered).hex().encode() + b"\n"
    )
    for old in folder.glob("R*.ldr"):
        if NAME.fullmatch(old.name) and old.name < f"R{number:010d}.ldr":
            places.remove(old)
    return True


def take(data: bytes) -> None:
    """Read a receipt of the other side. Raises Rejected."""
    covered, _, rest = data.partition(b"\n")
    try:
        body: dict[str, Any] = json.loads(covered)
        signature = bytes.fromhex(rest.strip().decode("ascii"))
        if not isinstance(body, dict) or body["format"] != FORMAT:
            raise ValueError("format")
        number, at_ms, applied = body["n"], body["at_ms"], body["applied"]
        missing, keys = body["missing"], body["keys"]
        if not all(type(value) is int and 0 <= value < 2**53 for value in (number, at_ms, applied, *missing)):
            raise ValueError("numbers")
        if not all(isinstance(key, str) for key in keys) or len(missing) > MOST_MISSING or len(keys) > 100:
            raise ValueError("keys")
        sender, receiver, key_name, digest = (
            body["sender"],
            body["receiver"],
            str(body["key"]),
            str(body["digest"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected("damaged", "回执读不出") from error
    us, peer = identity.ourselves(), identity.peer()
    if (sender, receiver) != (peer.instance, us.instance):
        raise Rejected("foreign", "回执不是对侧发给本侧的")
    key = identity.peer_key(key_name)
    if key is None:
        raise Rejected("unknown_key", "回执用了本侧不认识的密钥")
    if not identity.proves(key, signature, covered):
        raise Rejected("forged", "回执的签名不符")
    if number <= us.receipt_in:
        return
    trouble = ""
    if applied:
        sent = ExchangeSent.objects.filter(number=applied).first()
        if sent is None:
            trouble = f"对侧已收到第 {applied} 个文件，本侧没有发过：本侧的库比对侧旧（可能从备份恢复过）"
        elif sent.digest != digest:
            trouble = f"对侧收到的第 {applied} 个文件与本侧所发的不同：请停止交换并与对侧核对"
    with transaction.atomic():
        ExchangeSelf.objects.filter(id=1).update(
            receipt_in=number, receipt_in_ms=now_ms(), trouble=trouble,
            receipt_in_body=json.dumps({"applied": applied, "missing": missing, "at_ms": at_ms, "refused": body.get("refused", [])}),
        )  # fmt: skip
        if not trouble:
            outgoing.acknowledge(applied, places.out_folder())
            identity.known_over_there(list(keys))
