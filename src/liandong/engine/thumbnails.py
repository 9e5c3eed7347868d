"""Small pictures of attached photographs, made when first asked for and remembered by this process."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, UnidentifiedImageError

from . import attachments
from .models import Attachment

EDGE = 240
"""Pixels: the longer side of a thumbnail."""
MEDIA_TYPE = "image/jpeg"
_REMEMBERED = 256


def is_picture(media_type: str) -> bool:
    """Whether an attachment of this type has a thumbnail."""
    return media_type in attachments.PICTURES


def thumbnail(attachment: Attachment) -> bytes:
    """A JPEG of at most ``EDGE`` pixels. Raises Unacceptable (no picture, or it does not open), FileNotFoundError."""
    if not is_picture(attachment.media_type):
        raise attachments.Unacceptable("unsupported_type", "这个附件不是图片，没有预览。")
    return _made(attachment.digest, attachment.media_type)


@lru_cache(maxsize=_REMEMBERED)
def _made(digest: str, media_type: str) -> bytes:
    try:
        with Image.open(attachments.path_of(digest), formats=[attachments.PICTURES[media_type]]) as picture:
            picture.draft("RGB", (EDGE, EDGE))
            picture.thumbnail((EDGE, EDGE))
            flat = Image.new("RGB", picture.size, "white")
            shown = picture.convert("RGBA")
            flat.paste(shown, mask=shown.getchannel("A"))
    except (UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise attachments.Unacceptable("damaged", "图片打不开，没有预览。") from error
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=80)
    return out.getvalue()
