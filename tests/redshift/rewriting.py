"""Redshift's SQL as PostgreSQL understands it.

Only where the meaning is the same, or where what is left out has no meaning here (distribution,
sort keys, encodings). Functions that PostgreSQL lacks are in catalogue.pgsql.
"""

import re

from tests.redshift.statements import calls, closing, edit, hide, kind, parts

# A parenthesis with what is in it, but for further parentheses.
_LIST = r"\s*\([^()]*\)"
_STORAGE = (
    rf"\bdistkey{_LIST}",
    rf"\b(?:(?:compound|interleaved)\s+)?sortkey{_LIST}",
    r"\bsortkey\s+auto\b",
    r"\bdiststyle\s+(?:all|even|key|auto)\b",
    r"\bencode\s+(?:raw|az64|lzo|zstd|bytedict|delta(?:32k)?|mostly(?:8|16|32)|runlength|text255"
    r"|text32k|auto)\b",
    r"\bbackup\s+(?:yes|no)\b",
    r"\b(?:distkey|sortkey)\b(?=\s*[,)]|\s+(?:not|null|default|distkey|sortkey)\b)",
)
_ROLE = r'(?:role|group)\s+(?="?\w)'


def rewrite(statement: str) -> str:
    """The statement for PostgreSQL. Those that stand_in.py runs itself stay as they are."""
    what = kind(statement)
    if what in ("create", "alter"):
        statement = _ddl(statement)
    if what in ("grant", "revoke"):
        statement = edit(statement, rf"\b(to|from)\s+{_ROLE}", r"\1 ")
        statement = edit(statement, rf",\s*{_ROLE}", ", ")
        statement = edit(statement, r"^(\s*(?:grant|revoke))\s+role\s+", r"\1 ")
    elif what == "vacuum":
        statement = edit(statement, r"\b(?:full|sort\s+only|delete\s+only|reindex|recluster)\b", "")
        statement = edit(statement, r"\bto\s+\d+\s+percent\b|\bboost\b", "")
    elif what == "analyze":
        statement = edit(statement, r"\b(?:predicate|all)\s+columns\b|\bcompression\b", "")
    elif what == "set":
        statement = edit(statement, r"^(\s*set\s+)(query_group|enable_\w+)\b", r"\1stand_in.\2")
    return _types(_expressions(statement))


def _expressions(statement: str) -> str:
    part = r"\b((?:dateadd|datediff|date_add|date_diff|date_part)\s*\(\s*)(\w+)(?=\s*,)"
    statement = edit(statement, part, r"\1'\2'")
    statement = edit(statement, r"\bnvl\s*\(", "coalesce(")
    statement = edit(statement, r"\bsysdate\b", "getdate()")
    statement = edit(
        statement,
        r"(?:,|\bcross\s+join\b)\s*(\w+\.\w+)\s+as\s+(\w+)\s+at\s+(\w+)",
        r" cross join lateral (select member as \2, place - 1 as \3"
        r" from unnest(\1) with ordinality as members (member, place)) as \2_members",
    )
    return _listagg(statement)


def _listagg(statement: str) -> str:
    """`listagg(a, b) within group (order by c)` is `string_agg(a, b order by c)`."""
    for start, opening, end in reversed(list(calls(statement, "listagg"))):
        given = parts(statement, opening + 1, end)
        distinct = re.match(r"distinct\s+", given[0], re.I)
        value = f"cast({given[0][distinct.end() if distinct else 0 :]} as text)"
        delimiter = given[1] if len(given) > 1 else "''"
        order, after = "", end + 1
        within = re.compile(r"\s*within\s+group\s*\(", re.I).match(hide(statement), end + 1)
        if within:
            after = closing(hide(statement), within.end() - 1) + 1
            order = " " + statement[within.end() : after - 1]
        call = f"string_agg({'distinct ' if distinct else ''}{value}, {delimiter}{order})"
        statement = statement[:start] + call + statement[after:]
    return statement


def _types(statement: str) -> str:
    """Types without a length have one there: text is varchar(256), numeric numeric(18,0)."""
    texts = r"(?:text|n?varchar|character\s+varying|bpchar)"
    numbers = r"(?:numeric|decimal)"
    statement = edit(
        statement, r"\b(varchar|character\s+varying)\s*\(\s*max\s*\)", "varchar(65535)"
    )
    statement = edit(
        statement, rf"(\bas\s+|::\s*){texts}(?=\s*\)|(?<=::text)\b)", r"\1varchar(256)"
    )
    statement = edit(statement, rf"::\s*{texts}\b(?!\s*\()", "::varchar(256)")
    statement = edit(statement, rf"\bas\s+{numbers}(?=\s*\))", "as numeric(18,0)")
    statement = edit(statement, rf"::\s*{numbers}\b(?!\s*\()", "::numeric(18,0)")
    if re.match(
        r"\s*(create\s+(temp\w*\s+|local\s+)*table|alter\s+table)\b", hide(statement), re.I
    ):
        column = r'((?:[(,]|\bcolumn)\s*"?\w+"?\s+)'
        statement = edit(statement, rf"{column}{texts}(?=\s*[,)]|\s+\w)", r"\1varchar(256)")
        statement = edit(statement, rf"{column}{numbers}(?=\s*[,)]|\s+\w)", r"\1numeric(18,0)")
    return statement


def _ddl(statement: str) -> str:
    for storage in _STORAGE:
        statement = edit(statement, storage, " ")
    statement = edit(statement, r"\bwith\s+no\s+schema\s+binding\b", "")
    statement = edit(
        statement,
        r"(?:\b(?:generated\s+by\s+)?(default)\s+(?:as\s+)?)?\bidentity\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)",
        _identity,
    )
    if kind(statement) == "create":
        # Nobody checks keys there, but the columns of a primary key are not null.
        statement = edit(
            statement, r",\s*(?:constraint\s+\w+\s+)?primary\s+key\s*\(([^()]*)\)", _not_null
        )
        reference = r"\breferences\s+[\w.\"]+(?:\s*\([^()]*\))?"
        statement = edit(
            statement, rf",\s*(?:constraint\s+\w+\s+)?foreign\s+key{_LIST}\s*{reference}", ""
        )
        statement = edit(statement, rf",\s*(?:constraint\s+\w+\s+)?unique{_LIST}", "")
        statement = edit(statement, rf"\s{reference}", "")
        statement = edit(statement, r"(\w\)?\s+(?:not\s+null\s+)?)unique\b(?=\s*[,)]|\s+\w)", r"\1")
        statement = edit(statement, r"\bnot\s+null\s+primary\s+key\b", "not null")
        statement = edit(statement, r"\bprimary\s+key(?:\s+not\s+null)?\b", "not null")
    return statement


def _identity(found: re.Match[str]) -> str:
    how = "by default" if found[1] else "always"
    start, step = found[2], found[3]
    return f"generated {how} as identity (start with {start} minvalue {start} increment by {step})"


def _not_null(found: re.Match[str]) -> str:
    names = [name.strip() for name in found[1].split(",")]
    return ", check (" + " and ".join(f"{name} is not null" for name in names) + ")"
