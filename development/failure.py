"""What ends `make dev` with a line instead of a trace."""


class NotStartedError(Exception):
    """Something that the user can mend: what, where, why, and the way out."""
