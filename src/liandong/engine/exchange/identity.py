"""Who we are and who the other side is: an instance number, an Ed25519 key that signs, an X25519 key that is written to.

Private halves lie sealed under the installation's master key. Public halves are carried by hand as a small file once;
its fingerprint is read out by telephone. Later keys are announced in files that the known key signs (rotation).
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import transaction

from liandong.casework import sides
from liandong.engine import secretbox
from liandong.engine.instants import now_ms
from liandong.engine.models import ExchangeKey, ExchangePeer, ExchangeSelf

CARD: Final = "liandong-exchange-1"
CARD_LIMIT: Final = 8_192
OVERLAP_MS: Final = int(timedelta(days=30).total_seconds() * 1000)
"""So long a replaced key still opens and proves what was under way."""


class Unfit(Exception):
    """It cannot be done so; a Chinese sentence says what to do instead."""


class Card(NamedTuple):
    """The public half of an instance, as it is carried by hand."""

    instance: str
    side: str
    name: str
    sign: bytes
    box: bytes

    @property
    def key_id(self) -> str:
        """The name of this pair of keys."""
        return key_id(self.sign, self.box)

    @property
    def fingerprint(self) -> str:
        """Eight groups of five digits, to be read out by telephone."""
        covered = "\n".join((CARD, self.instance, self.side, self.sign.hex(), self.box.hex()))
        number = int.from_bytes(hashlib.sha256(covered.encode()).digest())
        return " ".join(f"{number >> (at * 17) & 0x1FFFF:06d}"[-5:] for at in range(8))

    def text(self) -> str:
        """As the file says it."""
        body = {
            "format": CARD, "instance": self.instance, "side": self.side, "name": self.name,
            "sign": base64.b64encode(self.sign).decode(), "box": base64.b64encode(self.box).decode(),
        }  # fmt: skip
        return json.dumps(body, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def read(cls, text: str) -> Card:
        """Raises Unfit for anything but such a file."""
        try:
            if len(text) > CARD_LIMIT:
                raise ValueError("too long")
            body = json.loads(text)
            card = cls(
                str(uuid.UUID(body["instance"]).hex), str(body["side"]), str(body["name"])[:80],
                base64.b64decode(body["sign"], validate=True), base64.b64decode(body["box"], validate=True),
            )  # fmt: skip
            fits = (
                body["format"] == CARD and card.side in sides.SIDES and len(card.sign) == len(card.box) == 32
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unfit(
                "这不是对侧的公钥文件，或文件已损坏；请对侧用 liandong exchange card 重新导出"
            ) from error
        if not fits:
            raise Unfit("公钥文件的格式不对；请对侧用 liandong exchange card 重新导出")
        return card


def key_id(sign: bytes, box: bytes) -> str:
    """The name of a pair of public keys."""
    return hashlib.sha256(sign + box).hexdigest()[:32]


class Private(NamedTuple):
    """Our own pair, opened."""

    id: str
    sign: Ed25519PrivateKey
    box: X25519PrivateKey


def ourselves() -> ExchangeSelf:
    """This instance. Raises Unfit before ``init``."""
    found = ExchangeSelf.objects.filter(id=1).first()
    if found is None:
        raise Unfit("还没有为两网交换做准备：请先运行 liandong exchange init")
    if found.side != sides.here():
        raise Unfit(
            f"本库是{sides.NAMES[found.side]}的，LIANDONG_SIDE 却是 {sides.here() or '未设'}；请改正环境变量"
        )
    return found


def prepare(name: str) -> ExchangeSelf:
    """Give this instance its number and keys. Raises Unfit where it has them or has no side."""
    side = sides.here()
    if not side:
        raise Unfit("请先设环境变量 LIANDONG_SIDE（desk 公安侧，government 政务侧）")
    if ExchangeSelf.objects.filter(id=1).exists():
        raise Unfit(
            "已经做过准备；要看公钥请用 liandong exchange card，要换密钥请用 liandong exchange rotate"
        )
    with transaction.atomic():
        made = ExchangeSelf.objects.create(
            id=1, instance=uuid.uuid4().hex, side=side, name=(name.strip() or sides.NAMES[side])[:80]
        )
        _new_pair(made.instance, "current")
    return made


def _new_pair(instance: str, state: str) -> ExchangeKey:
    sign, box = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    publics = sign.public_key().public_bytes_raw(), box.public_key().public_bytes_raw()
    identity = key_id(*publics)
    sealed = secretbox.seal("exchange", sign.private_bytes_raw() + box.private_bytes_raw(), identity)
    return ExchangeKey.objects.create(
        id=identity, owner=instance, sign_public=publics[0], box_public=publics[1], sealed=sealed, state=state,
        made_ms=now_ms(),
    )  # fmt: skip


def rotate() -> Card:
    """Make new keys. They are announced in the next file, and used as soon as a receipt says that they are known."""
    us = ourselves()
    if ExchangeKey.objects.filter(owner=us.instance, state="next").exists():
        raise Unfit("上一次更换的密钥还没有得到对侧确认，请等对侧的回执")
    made = _new_pair(us.instance, "next")
    return Card(us.instance, us.side, us.name, bytes(made.sign_public), bytes(made.box_public))


def known_over_there(identities: list[str]) -> bool:
    """A receipt names the keys that the other side knows: a next pair among them is used from now on; True if so."""
    us = ourselves()
    fresh = ExchangeKey.objects.filter(owner=us.instance, state="next", id__in=identities).first()
    if fresh is None:
        return False
    with transaction.atomic():
        ExchangeKey.objects.filter(owner=us.instance, state="current").update(
            state="old", until_ms=now_ms() + OVERLAP_MS
        )
        ExchangeKey.objects.filter(id=fresh.id).update(state="current")
    return True


def card() -> Card:
    """Our public half."""
    us = ourselves()
    key = ExchangeKey.objects.get(owner=us.instance, state="current")
    return Card(us.instance, us.side, us.name, bytes(key.sign_public), bytes(key.box_public))


def announced() -> Card | None:
    """Our next public half, where one was made and is not known over there yet."""
    us = ourselves()
    key = ExchangeKey.objects.filter(owner=us.instance, state="next").first()
    return Card(us.instance, us.side, us.name, bytes(key.sign_public), bytes(key.box_public)) if key else None


def own(identity: str | None = None) -> Private | None:
    """Our pair of that name, or the current one; None where it is none of ours or no longer valid."""
    us = ourselves()
    keys = ExchangeKey.objects.filter(owner=us.instance)
    found = keys.filter(id=identity).first() if identity else keys.get(state="current")
    if found is None or (found.until_ms is not None and found.until_ms < now_ms()):
        return None
    raw = secretbox.unseal("exchange", bytes(found.sealed), found.id)
    return Private(
        found.id,
        Ed25519PrivateKey.from_private_bytes(raw[:32]),
        X25519PrivateKey.from_private_bytes(raw[32:]),
    )


def peer() -> ExchangePeer:
    """The other side. Raises Unfit where none was entered."""
    found = ExchangePeer.objects.order_by("-added_ms").first()
    if found is None:
        raise Unfit("还没有录入对侧的公钥：请用 liandong exchange peer add 文件")
    return found


def add_peer(card: Card, by: str) -> ExchangePeer:
    """Enter the other side, or a new key of it. Raises Unfit for our own card, our own side, or a second other side."""
    us = ourselves()
    if card.instance == us.instance:
        raise Unfit("这是本侧自己的公钥文件；请录入对侧的")
    if card.side != sides.other(us.side):
        raise Unfit(f"对侧应为{sides.NAMES[sides.other(us.side)]}，这个文件是{sides.NAMES[card.side]}的")
    known = ExchangePeer.objects.first()
    if known is not None and known.instance != card.instance:
        raise Unfit(f"已录入对侧 {known.name}；更换对侧实例须先在两侧核对数据，再由系统管理员重建")
    with transaction.atomic():
        made, _ = ExchangePeer.objects.get_or_create(
            instance=card.instance,
            defaults={"side": card.side, "name": card.name, "added_ms": now_ms(), "by": by},
        )
        add_key(card.instance, card.sign, card.box, by)
    return made


def add_key(instance: str, sign: bytes, box: bytes, by: str) -> None:
    """A pair of the other side's: the one before it stays valid for a while."""
    identity = key_id(sign, box)
    if ExchangeKey.objects.filter(id=identity).exists():
        return
    ExchangeKey.objects.filter(owner=instance, state="current").update(
        state="old", until_ms=now_ms() + OVERLAP_MS
    )
    ExchangeKey.objects.create(
        id=identity,
        owner=instance,
        sign_public=sign,
        box_public=box,
        state="current",
        made_ms=now_ms(),
        by=by,
    )


def peer_key(identity: str | None = None) -> ExchangeKey | None:
    """The other side's pair of that name, or the current one; None where it is not known or no longer valid."""
    keys = ExchangeKey.objects.filter(owner=peer().instance)
    found = keys.filter(id=identity).first() if identity else keys.filter(state="current").first()
    if found is None or (found.until_ms is not None and found.until_ms < now_ms()):
        return None
    return found


def peer_key_ids() -> list[str]:
    """The names of the other side's keys that we know: what a receipt says."""
    return sorted(ExchangeKey.objects.filter(owner=peer().instance).values_list("id", flat=True))


def proves(key: ExchangeKey, signature: bytes, covered: bytes) -> bool:
    """Whether that key signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes(key.sign_public)).verify(signature, covered)
    except InvalidSignature:
        return False
    return True


def described(card: Card) -> dict[str, Any]:
    """What a person compares."""
    return {
        "instance": card.instance, "side": card.side, "name": card.name, "key": card.key_id,
        "fingerprint": card.fingerprint,
    }  # fmt: skip
