"""The mail that tells of a failure."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from .configuration import MailServer

# Seconds that the server may be silent; a pod that is being stopped has 60 in all.
_TIMEOUT = 20
_IMPLICIT_TLS = 465


def send(server: MailServer, *, subject: str, text: str) -> None:
    """Send through TLS, STARTTLS except on port 465; the server's certificate must be valid.

    Raises:
        OSError: smtplib's errors are OSErrors as well, those of the connection are.
    """
    message = EmailMessage()
    # A line break would end the header; smtplib refuses it, and the mail would be lost.
    message["Subject"] = " ".join(subject.split())
    message["From"] = server.sender
    message["To"] = server.to
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2] or None)
    message.set_content(text)
    with _connect(server) as smtp:
        if server.user:
            smtp.login(server.user, server.password)
        smtp.send_message(message)


def _connect(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.port == _IMPLICIT_TLS:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_TIMEOUT, context=context)
    smtp = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT)
    try:
        smtp.starttls(context=context)
    except BaseException:
        smtp.close()
        raise
    return smtp
