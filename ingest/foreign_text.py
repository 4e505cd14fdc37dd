"""Makes text from outside (headers, file names, cells) harmless where it is used.

Text in messages goes through `shown`, all output through `visible`, commands to type through
`shell_word`, text that dbt reads through `jinja_parts` or `described`. psycopg quotes for SQL,
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
# dbt puts comments between these words; a text that contains them would end there.
_COMMENT_BLOCK = re.compile(r"\$(?=dbt_comment)")


def shown(text: str, length: int = SHOWN_LENGTH) -> str:
    """The text as it may be shown: one line, no control characters, at most `length` long.

    Control characters, line separators, marks that change the direction of writing and bytes that
    are not UTF-8 are written as escapes such as `\\x1b`; `…` marks a cut.
    """
    text_shown = visible(text[:length], kept="")
    is_whole = len(text) <= length and len(text_shown) <= length
    return text_shown if is_whole else text_shown[: length - 1] + "…"


def shown_names(names: Iterable[str], most: int = 20) -> str:
    """Names in quotes, as `shown` shows them; beyond `most`, only how many more."""
    listed = list(names)
    text_shown = ", ".join(f"'{shown(name)}'" for name in listed[:most])
    return text_shown if len(listed) <= most else f"{text_shown} and {len(listed) - most:,} more"


def first_few(things: Collection[object], most: int) -> str:
    """The first of things, as `shown` shows them, and how many more there are than `most`."""
    text = ", ".join(shown(str(thing)) for thing in islice(things, most))
    return text if len(things) <= most else f"{text} and {len(things) - most:,} more"


def visible(text: str, kept: str = "\n") -> str:
    """The text with escapes for characters, other than `kept`, that are unseen or move others."""
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
    """The text as one word of a command line that can be pasted into a shell, on one line.

    Text with control characters is written `$'…'`, which bash and zsh read.
    """
    if text.isprintable():
        return shlex.quote(text)
    letters = "".join(
        chr(code) if 0x20 <= code < 0x7F and code not in b"\\'" else f"\\{code:03o}"
        for code in os.fsencode(text)
    )
    return f"$'{letters}'"


def jinja_parts(text: str) -> list[str]:
    """The text in parts, none of them a template: `{{ x }}` becomes `{`, `{ x }`, `}`."""
    return _JINJA.split(text)


def described(text: str) -> str:
    """The text for a description, which dbt renders and stores as a comment in the database.

    Blanks break up whatever a template engine would act on.
    """
    return _COMMENT_BLOCK.sub("$ ", " ".join(jinja_parts(shown(text))))
