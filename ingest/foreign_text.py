"""Text from outside (headers, file names, cells) made harmless where it is used.

What is shown goes through `shown`, and all that is printed through `visible`; a command to type
through `shell_word`; what dbt reads through `jinja_parts` or `described`. psycopg quotes for SQL,
PyYAML for YAML, autoescaping templates for HTML.
"""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Collection, Iterable
from itertools import islice

SHOWN_LENGTH = 200
_JINJA = re.compile(r"(?<=\{)(?=[{%#])|(?<=[}%#])(?=\})")
# dbt puts comments between these words; with them in it, the text would end there.
_COMMENT_BLOCK = re.compile(r"\$(?=dbt_comment)")


def shown(text: str, length: int = SHOWN_LENGTH) -> str:
    """The text as a person may see it: one line, no control character, at most `length` long.

    Control characters, line separators, marks that turn the direction of writing and bytes that are
    no UTF-8 stand as escapes such as `\\x1b`; what is cut off is told by `…`.
    """
    told = visible(text[:length], kept="")
    is_whole = len(text) <= length and len(told) <= length
    return told if is_whole else told[: length - 1] + "…"


def shown_names(names: Iterable[str], most: int = 20) -> str:
    """Names in quotes, as `shown` shows them; only how many where there are more than `most`."""
    listed = list(names)
    told = ", ".join(f"'{shown(name)}'" for name in listed[:most])
    return told if len(listed) <= most else f"{told} and {len(listed) - most:,} more"


def first_few(things: Collection[object], most: int) -> str:
    """The first of things, as `shown` shows them, and `…` where there are more than `most`."""
    told = ", ".join(shown(str(thing)) for thing in islice(things, most))
    return told if len(things) <= most else f"{told}, …"


def visible(text: str, kept: str = "\n") -> str:
    """The text with escapes for letters, other than `kept`, that are not seen or move others."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else _escape(c) for c in text)


def _escape(letter: str) -> str:
    code = ord(letter)
    if unicodedata.category(letter) == "Zs":
        return " "
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shell_word(text: str) -> str:
    """The text as one word of a command line that can be copied to a shell, on one line.

    Where it has control characters it is written `$'…'`, which bash and zsh read.
    """
    if text.isprintable():
        return shlex.quote(text)
    letters = "".join(
        chr(code) if 0x20 <= code < 0x7F and code not in b"\\'" else f"\\{code:03o}"
        for code in os.fsencode(text)
    )
    return f"$'{letters}'"


def jinja_parts(text: str) -> list[str]:
    """The text in parts of which none is a template: `{{ x }}` is `{`, `{ x }`, `}`."""
    return _JINJA.split(text)


def described(text: str) -> str:
    """The text for a description, which dbt renders and stores as a comment in the database.

    It is shown text in which a blank breaks up whatever a template engine would act on.
    """
    return _COMMENT_BLOCK.sub("$ ", " ".join(jinja_parts(shown(text))))
