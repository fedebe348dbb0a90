"""A mail server with STARTTLS and passwords, that keeps what it is sent."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from .ports import free_port

USER, PASSWORD = "mailer", "mail password"


@dataclass
class Smtp:
    """certificates: of the authority that the server's certificate is of."""

    port: int
    certificates: Path
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
    known = isinstance(login, LoginPassword) and (login.login, login.password) == (USER.encode(), PASSWORD.encode())
    # Not handled: the server itself has to answer.
    return AuthResult(success=known, handled=known)


@contextmanager
def smtp(
    folder: Path,
    *,
    authority: trustme.CA | None = None,
    host: str = "localhost",
    address: str = "127.0.0.1",
    port: int | None = None,
) -> Iterator[Smtp]:
    """authority: of whom its certificate is, for the name `host`; default one of its own. port: default a free one."""
    authority = authority or trustme.CA()
    certificates = folder / "mail-ca.pem"
    authority.cert_pem.write_to_path(certificates)
    certificates.chmod(0o644)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    server = Smtp(port or free_port(), certificates)
    controller = Controller(
        server,
        hostname=address,
        port=server.port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=_authenticate,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
