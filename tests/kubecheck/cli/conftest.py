"""`run`: the program in a folder of its own."""

from .program import run

__all__ = ["run"]
