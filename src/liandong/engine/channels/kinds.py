"""The kinds of channels: which adapter, which means, and the settings of each with their tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from liandong.district.noticing import EMAIL, SMS
from liandong.engine import outcalls

from . import http_gateway, mail, modem
from .adapter import Send, Way
from .pdu import Report


class Field(NamedTuple):
    """One setting: its name, what a person calls it, its help, what it starts with, the values it may have (any: empty)."""

    key: str
    name: str
    help: str = ""
    start: str = ""
    options: tuple[str, ...] = ()
    long: bool = False
    required: bool = True


class Kind(NamedTuple):
    """A kind of channel."""

    code: str
    name: str
    means: str
    send: Send
    fields: tuple[Field, ...]
    receipts: bool = False
    at_once: int = 4
    collect: Callable[[Way, Callable[[Report], None]], int] | None = None
    """Fetches the reports that the peer keeps until it is asked."""


_TIMEOUT = Field("timeout", "最多等几秒", "1 到 30", "10")
KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind(
            "sms_http", "短信网关（HTTP）", SMS, http_gateway.send,
            (
                Field("url", "网址", "https；内网地址须先列入 LIANDONG_WEBHOOK_ALLOW"),
                Field("form", "请求格式", "", "json", ("json", "form")),
                Field("fields", "请求内容", "JSON 对象；可用 {to} 号码、{text} 文字、{id} 消息编号、{secret} 密钥",
                      '{"mobile": "{to}", "content": "{text}", "ext": "{id}", "key": "{secret}"}', long=True),
                Field("headers", "请求头", "JSON 对象，可不填", "{}", long=True, required=False),
                Field("ok_path", "应答里结果的位置", "如 code 或 data.0.status；不填则只看 HTTP 状态", "code", required=False),
                Field("ok_values", "表示收下的结果", "空格分开", "0", required=False),
                Field("refused_values", "表示拒收、不必再试的结果", "空格分开，如空号、黑名单的代码", required=False),
                Field("id_path", "应答里消息编号的位置", "如 data.id；回执按它对上", "id", required=False),
                Field("receipt_id", "回执里消息编号的位置", "网关的编号或本系统的 {id}", "id", required=False),
                Field("receipt_state", "回执里状态的位置", "", "status", required=False),
                Field("receipt_received", "表示已收到的状态", "空格分开", "DELIVRD 0", required=False),
                Field("receipt_read", "表示已读的状态", "空格分开", "READ", required=False),
                Field("receipt_failed", "表示失败的状态", "空格分开", "UNDELIV REJECTD EXPIRED", required=False),
                _TIMEOUT,
            ),
            receipts=True,
        ),
        Kind(
            "sms_modem", "短信猫（串口）", SMS, modem.send,
            (
                Field("device", "设备", "如 /dev/ttyUSB0", "/dev/ttyUSB0"),
                Field("baud", "波特率", "", "115200", ("9600", "19200", "38400", "57600", "115200")),
                Field("mode", "方式", "pdu：长短信由手机拼成一条；text：每条前加（1/2）", "pdu", ("pdu", "text")),
                Field("reports", "送达回执", "yes：请短信中心回报是否送达；no：不要", "yes", ("yes", "no")),
                _TIMEOUT,
            ),
            at_once=1,
            collect=modem.collect,
        ),
        Kind(
            "email", "邮件（SMTP）", EMAIL, mail.send,
            (
                Field("host", "服务器", "内网地址须先列入 LIANDONG_WEBHOOK_ALLOW"),
                Field("port", "端口", "", "587"),
                Field("security", "加密", "none 只用于内网", "starttls", ("starttls", "tls", "none")),
                Field("user", "账号", "不填则不登录", required=False),
                Field("sender", "发件人地址", "如 liandong@qj.gov.cn"),
                _TIMEOUT,
            ),
        ),
    )
}  # fmt: skip


def checked(kind: str, typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings as they are kept, and what is wrong by field (Chinese); the network is not asked."""
    found: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in KINDS[kind].fields:
        value: Any = typed.get(field.key, "").strip()
        try:
            if field.required and not value:
                raise ValueError("请填写")
            if field.options and value not in field.options:
                raise ValueError("请从列表中选择")
            if len(value) > 2000:
                raise ValueError("太长，最多 2000 字")
            found[field.key] = _TESTS.get(field.key, str)(value)
        except (ValueError, outcalls.Forbidden) as error:
            wrong[field.key] = str(error)
    return found, wrong


def _seconds(value: str) -> float:
    if not value.replace(".", "", 1).isascii() or not value.replace(".", "", 1).isdigit():
        raise ValueError("应为 1 到 30 的秒数")
    if not 0.1 <= float(value) <= 30:
        raise ValueError("应为 1 到 30 的秒数")
    return float(value)


def _object(value: str) -> dict[str, Any]:
    try:
        found = json.loads(value or "{}")
    except (ValueError, RecursionError) as error:
        raise ValueError("不是合法的 JSON，请核对引号和逗号") from error
    if not isinstance(found, dict):
        raise ValueError('应为 JSON 对象，如 {"mobile": "{to}"}')
    return found


def _url(value: str) -> str:
    outcalls.parse(value)
    return value


def _device(value: str) -> str:
    if not modem.DEVICE.fullmatch(value) or ".." in value:
        raise ValueError("应为 /dev/ 下的设备名")
    return value


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise ValueError("应为 1 到 65535 的端口")
    return int(value)


def address(value: str) -> str:
    """An e-mail address of the plain sort. Raises ValueError."""
    name, at, host = value.strip().rpartition("@")
    bad = any(char.isspace() or char in '<>,;"\\()' for char in value.strip())
    if not (name and at and "." in host) or bad or not value.isascii() or len(value) > 120:
        raise ValueError("应为一个邮件地址，如 zhiban@qj.gov.cn")
    return value.strip()


_TESTS: Mapping[str, Callable[[str], Any]] = {
    "timeout": _seconds, "fields": _object, "headers": _object, "url": _url, "device": _device, "port": _port,
    "sender": address,
}  # fmt: skip
