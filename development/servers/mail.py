"""`python -m development.servers.mail PORT FOLDER`: takes any mail, sends none on, and keeps each as a file."""

import asyncio
import signal
import sys
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        file = self._folder / f"{datetime.now():%Y-%m-%dT%H-%M-%S.%f}.eml"
        file.write_bytes(envelope.content)
        subject = message_from_bytes(envelope.content, policy=policy.default)["subject"]
        print(f"to {', '.join(envelope.rcpt_tos)}: {subject or 'no subject'}; {file}", flush=True)
        return "250 OK"


async def main(port: int, folder: Path) -> None:
    keeper = Keeper(folder)
    # No SMTPUTF8 is refused, and no login wanted, as by MailHog.
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, auth_require_tls=False), "127.0.0.1", port
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
    async with server:
        try:
            await server.serve_forever()
        except asyncio.CancelledError:
            return


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
