"""A pooler between us and the server: one that hands each transaction to another connection is no way to a backup.

pg_dump changes its connection before its transaction begins (search_path, row_security, the formats of dates). Through
such a pooler the dump may be made with another search_path, and be wrong, and an application's next query may get the
connection whose search_path is empty. PgBouncer documentation, Features: SQL feature map for pooling modes.
"""

from contextlib import ExitStack

from .failure import Misconfigured
from .server import Server

# Whose turn it is. A connection that is given back is the first to be given away, by default; with server_round_robin
# the pooler takes turns, and ours must not: two connections would each get the same one every time.
_TURNS = (0, 0, 1, 0, 1, 1, 0, 1) * 2


def refuse_transaction_pooling(server: Server) -> None:
    """Ask on two connections, in turns, who answers. Changes nothing that an application could meet.

    Raises:
        Misconfigured: the server's processes change under a connection, or two of ours share one.
    """
    with ExitStack() as stack:
        sessions = [stack.enter_context(server.plain_session()) for _ in range(2)]
        for session in sessions:
            # RDS Proxy keeps a connection for a client from its first SET on ("pinning"), and then is none of those.
            # A pooler knows of this one, and sets it anew for each client.
            session.do("SET application_name TO 'postgres-backup'")
        answered: list[set[int]] = [set(), set()]
        for turn in _TURNS:
            answered[turn].add(sessions[turn].ask("SELECT pg_backend_pid()"))
    if answered[0] & answered[1] or any(len(processes) > 1 for processes in answered):
        raise Misconfigured(
            f"between here and {server.address} is a pooler that gives each transaction to another connection "
            "(pool_mode=transaction or statement), through which no database can be dumped or restored; set PGHOST and "
            "PGPORT to the server itself, or to a pool with pool_mode=session"
        )
