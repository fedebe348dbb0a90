"""The text in a file's bytes: UTF-8, or with a byte order mark UTF-16, as kubectl reads it."""

import codecs

from .documents import Broken

_UTF_16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def text_of(data: bytes) -> str | Broken:
    encoding = next((name for mark, name in _UTF_16.items() if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            return _BINARY
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        # kubectl puts a sign for "no character" in its place, which nobody means.
        what = f"byte {data[error.start]:#x} is no {encoding.upper()}"
        return Broken(f"{what}; save the file as UTF-8", line, column)
    return _BINARY if "\0" in text else text


_BINARY = Broken("this is binary, no text; name a file in YAML or JSON, in UTF-8")
