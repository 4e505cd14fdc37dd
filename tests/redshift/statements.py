"""Reading statements without a grammar: what is code in them, what kind they are."""

import re
from collections.abc import Callable, Iterator

_HIDDEN = re.compile(
    r"""
    (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<text> '(?:[^'\\]|\\.|'')*' )
    | (?P<name> "(?:[^"]|"")*" )
    | (?P<dollars> \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
    """,
    re.S | re.X,
)
_KINDS = {"start": "begin", "end": "commit", "abort": "rollback", "with": "select"}


def hide(statement: str) -> str:
    """The statement with blanks for comments and dots in texts, of the same length."""
    return _HIDDEN.sub(_hidden, statement)


def _hidden(found: re.Match[str]) -> str:
    whole = found[0]
    if found["comment"]:
        return re.sub(r"[^\n]", " ", whole)
    if found["name"]:
        return whole
    return f"'{'.' * (len(whole) - 2)}'"


def split(statements: str) -> list[str]:
    """The statements of a text, without the semicolons between them."""
    hidden, start, found = hide(statements), 0, []
    for end in [*(m.start() for m in re.finditer(";", hidden)), len(hidden)]:
        if hidden[start:end].strip():
            found.append(statements[start:end])
        start = end + 1
    return found


def kind(statement: str) -> str:
    """Its first word in lower case: select, insert, create ...; '' where there is none.

    begin, commit and rollback have one name each; a select may begin with `with`.
    """
    words = re.findall(r"[a-z]+", hide(statement).lower().lstrip(" \n\t("))
    first = words[0] if words else ""
    return _KINDS.get(first, first)


def edit(statement: str, pattern: str, change: str | Callable[[re.Match[str]], str]) -> str:
    """Replaces what matches in the code of a statement. Texts and comments match as blanks."""
    hidden, parts, at = hide(statement), [], 0
    for found in re.finditer(pattern, hidden, re.I | re.S):
        parts += [
            statement[at : found.start()],
            found.expand(change) if isinstance(change, str) else change(found),
        ]
        at = found.end()
    return "".join([*parts, statement[at:]])


def closing(code: str, opening: int) -> int:
    """Where the parenthesis that opens there is closed, in a text made by hide()."""
    depth = 0
    for at in range(opening, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return at
    return len(code) - 1


def parts(statement: str, start: int, end: int) -> list[str]:
    """What commas separate between two places, those within parentheses aside."""
    hidden, found, depth, at = hide(statement), [], 0, start
    for place in range(start, end):
        depth += (hidden[place] == "(") - (hidden[place] == ")")
        if hidden[place] == "," and depth == 0:
            found.append(statement[at:place].strip())
            at = place + 1
    return [*found, statement[at:end].strip()]


def calls(statement: str, name: str) -> Iterator[tuple[int, int, int]]:
    """Calls of a function: where its name begins, where its parentheses open and close."""
    hidden = hide(statement)
    for found in re.finditer(rf"\b{name}\s*\(", hidden, re.I):
        yield found.start(), found.end() - 1, closing(hidden, found.end() - 1)
