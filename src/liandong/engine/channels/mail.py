"""E-mail by SMTP with STARTTLS or TLS and login. The message's id stands in Message-ID, so that a repetition is told apart.

Settings: ``host``, ``port``, ``security`` (starttls, tls, none), ``user``, ``sender``, ``timeout`` seconds.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from liandong.engine import outcalls

from .adapter import Failed, Outcome, Outgoing, Sent, Way


def letter(way: Way, message: Outgoing) -> EmailMessage:
    """The e-mail as it goes out: plain text, no name of anybody."""
    made = EmailMessage()
    made["From"] = way.settings["sender"]
    made["To"] = message.to
    made["Subject"] = message.subject or "联动通知"
    made["Date"] = formatdate(localtime=True)
    made["Message-ID"] = f"<{message.id}@{str(way.settings['sender']).rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(message.text + "\n")
    return made


def send(way: Way, message: Outgoing) -> Outcome:
    """One e-mail in one connection."""
    host, port, timeout = way.settings["host"], int(way.settings["port"]), float(way.settings["timeout"])
    try:
        address = outcalls.check_host(host, port)
    except outcalls.Forbidden as error:
        return Failed(str(error), again=False)
    except outcalls.Unreachable as error:
        return Failed(f"邮件服务器的名字解析不了：{error}")
    try:
        return _delivered(way, message, address, port, timeout)
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=450)
        return Failed(f"收件人被拒（{code}）", again=code < 500, peer=False)
    except smtplib.SMTPAuthenticationError as error:
        return Failed(f"登录邮件服务器被拒（{error.smtp_code}），请核对账号和密码", key=True)
    except smtplib.SMTPResponseException as error:
        lasting = error.smtp_code >= 500 and not isinstance(
            error, smtplib.SMTPConnectError | smtplib.SMTPHeloError
        )
        return Failed(f"邮件服务器答 {error.smtp_code}", again=not lasting, peer=not lasting)
    except smtplib.SMTPNotSupportedError:
        return Failed("邮件服务器不支持所设的加密或登录方式，请核对设置")
    except ssl.SSLCertVerificationError as error:
        why = f"邮件服务器的证书不可信或名字不符，请核对服务器名字，或装上签发它的根证书：{error.verify_message}"
        return Failed(why[:200])
    except (smtplib.SMTPException, OSError, ssl.SSLError) as error:
        return Failed(f"邮件服务器没有应答：{type(error).__name__}: {error}"[:200])


def _delivered(way: Way, message: Outgoing, address: str, port: int, timeout: float) -> Outcome:
    security, host = way.settings["security"], way.settings["host"]
    context = ssl.create_default_context()
    client = (
        smtplib.SMTP_SSL(timeout=timeout, local_hostname="liandong", context=context)
        if security == "tls"
        else smtplib.SMTP(timeout=timeout, local_hostname="liandong")
    )
    client._host = host  # type: ignore[attr-defined]  # whose certificate is asked; the call goes to the checked address
    try:
        code, _ = client.connect(address, port)
        if code != 220:
            return Failed(f"邮件服务器答 {code}")
        client.ehlo()
        if security == "starttls":
            client.starttls(context=context)
            client.ehlo()
        if way.settings.get("user"):
            client.login(way.settings["user"], way.secret)
        client.send_message(letter(way, message))
    finally:
        client.close()  # QUIT could hang on a server that has already taken the message
    return Sent(message.id)
