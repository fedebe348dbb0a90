"""The work itself, in requests and in tasks."""

import hashlib

MAX_ROUNDS = 5_000_000


def digest(text: str, rounds: int) -> str:
    """The same for the same arguments, so that a task may run twice."""
    return hashlib.pbkdf2_hmac("sha256", text.encode(), b"revrx", rounds).hex()
