"""E-mail over real TLS: a certificate that is trusted and bears the server's name, or nothing is said at all."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from liandong.engine.channels import mail
from liandong.engine.channels.adapter import Failed, Outgoing, Sent, Way
from support.peers import PostOffice

LETTER = Outgoing("b" * 32, "zhiban@qj.gov.cn", "【联动】请签收", "联动通知 QJFL-1")
HERE: x509.GeneralName = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


class Made(NamedTuple):
    """A certificate with its key."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certificate(name: str, issuer: Made | None = None, *alternatives: x509.GeneralName) -> Made:
    """One of an authority (no issuer), or one that it signed for these names."""
    key, subject = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.cert.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if alternatives:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return Made(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def context(made: Made, folder: Path) -> ssl.SSLContext:
    """A server's side with that certificate."""
    path = folder / "server.pem"
    path.write_bytes(
        made.cert.public_bytes(serialization.Encoding.PEM)
        + made.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(path)
    return found


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """An authority that this machine trusts."""
    made = certificate("Trusted here")
    (tmp_path / "roots.pem").write_bytes(made.cert.public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    return made


@pytest.fixture(params=["tls", "starttls"])
def security(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def offices() -> Iterator[list[PostOffice]]:
    made: list[PostOffice] = []
    yield made
    for one in made:
        one.close()


def sent(offices: list[PostOffice], security: str, tls: ssl.SSLContext) -> tuple[Sent | Failed, PostOffice]:
    """A letter, with login, to a server with that certificate."""
    office = PostOffice(tls, upgrade=security == "starttls")
    offices.append(office)
    settings = {
        "host": "127.0.0.1", "port": office.port, "security": security, "user": "liandong", "sender": "liandong@qj.gov.cn",
        "timeout": 3,
    }  # fmt: skip
    return mail.send(Way("post", settings, "pass"), LETTER), office


def test_a_letter_goes_through_where_the_certificate_is_good(
    authority: Made, security: str, offices: list[PostOffice], tmp_path: Path
) -> None:
    outcome, office = sent(offices, security, context(certificate("mail", authority, HERE), tmp_path))
    assert outcome == Sent("b" * 32)
    assert len(office.letters) == len(office.logins) == 1


@pytest.mark.parametrize("fault", ["of a stranger", "signed by itself", "of another name", "of no name"])
def test_a_certificate_that_proves_nothing_gets_no_letter_and_no_password(
    authority: Made, security: str, offices: list[PostOffice], tmp_path: Path, fault: str
) -> None:
    made = {
        "of a stranger": lambda: certificate("mail", certificate("Stranger"), HERE),
        "signed by itself": lambda: certificate("127.0.0.1", None, HERE),
        "of another name": lambda: certificate("mail", authority, x509.DNSName("mail.example.com")),
        "of no name": lambda: certificate("127.0.0.1", authority),
    }[fault]()
    outcome, office = sent(offices, security, context(made, tmp_path))
    assert isinstance(outcome, Failed)
    assert (outcome.again, outcome.peer) == (True, True)
    assert "证书" in outcome.why
    assert office.letters == office.logins == []


def test_a_server_that_speaks_plainly_where_tls_is_set_gets_nothing(
    authority: Made, security: str, offices: list[PostOffice]
) -> None:
    office = PostOffice()
    offices.append(office)
    settings = {
        "host": "127.0.0.1", "port": office.port, "security": security, "user": "liandong", "sender": "liandong@qj.gov.cn",
        "timeout": 1,
    }  # fmt: skip
    assert isinstance(mail.send(Way("post", settings, "pass"), LETTER), Failed)
    assert office.letters == office.logins == []
