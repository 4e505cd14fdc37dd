"""What Redshift does not know, with the page of its documents that says so.

The text of an error is Redshift's own where somebody published it; otherwise it is that of
PostgreSQL 8.0, from whose grammar Redshift comes.
"""

import re
from dataclasses import dataclass

from tests.redshift.statements import closing, hide, kind
from tests.redshift.wire import Failure

_GUIDE = "https://docs.aws.amazon.com/redshift/latest/dg/"
FEATURES = _GUIDE + "c_unsupported-postgresql-features.html"
TYPES = _GUIDE + "c_unsupported-postgresql-datatypes.html"
FUNCTIONS = _GUIDE + "c_unsupported-postgresql-functions.html"
LEADER = _GUIDE + "c_SQL_functions_leader_node_only.html"
COMPUTE = _GUIDE + "c_SQL_functions_compute_node_only.html"
WINDOWS = _GUIDE + "r_Window_function_synopsis.html"

SYNTAX, UNDEFINED_FUNCTION, UNDEFINED_TYPE, UNSUPPORTED = "42601", "42883", "42704", "0A000"
IN_TRANSACTION = "25001"


@dataclass(frozen=True)
class Refusal:
    """A construct: how it is found in code without texts and comments, and what is answered.

    `{0}` in the message is what was found.
    """

    pattern: str
    message: str
    page: str
    code: str = SYNTAX


def _syntax(pattern: str, page: str, word: str = "") -> Refusal:
    return Refusal(pattern, f'syntax error at or near "{word or "{0}"}"', page)


CONSTRUCTS = (
    _syntax(r"\b(?:from|join|as)\s*\(\s*(values)\b", _GUIDE + "r_FROM_clause30.html"),
    _syntax(r"^\s*(values)\b", _GUIDE + "r_SELECT_synopsis.html"),
    _syntax(r"\b(lateral)\b", _GUIDE + "r_FROM_clause30.html"),
    Refusal(
        r"\bselect\s+(distinct\s+on)\s*\(",
        "SELECT DISTINCT ON is not supported",
        FEATURES,
        UNSUPPORTED,
    ),
    _syntax(r"\)\s*filter\s*(\()\s*where\b", _GUIDE + "c_Aggregate_Functions.html"),
    _syntax(r"\b(array)\s*\[", TYPES, "["),
    _syntax(r"\b(ordinality)\b", _GUIDE + "r_FROM_clause30.html"),
    _syntax(r"\bis\s+(?:not\s+)?(distinct)\s+from\b", _GUIDE + "r_comparison_condition.html"),
    _syntax(r"(?<![\w'])(e)'", _GUIDE + "r_Character_types.html", "'"),
    _syntax(r"^\s*insert\b.*\bon\s+(conflict)\b", _GUIDE + "r_INSERT_30.html"),
    _syntax(r"^\s*(?:insert|update|delete|merge)\b.*\b(returning)\b", _GUIDE + "r_INSERT_30.html"),
    _syntax(r"\bas\s+(?:not\s+)?(?:materialized\s*)?\(\s*(insert|update|delete)\b",
            _GUIDE + "r_WITH_clause.html"),
    _syntax(r"\bas\s+(?:not\s+)?(materialized)\s*\(", _GUIDE + "r_WITH_clause.html"),
    _syntax(r"\b(?:range|groups)\s+between\b()", WINDOWS, "between"),
    _syntax(r"\b(tablesample)\b", _GUIDE + "r_FROM_clause30.html"),
    _syntax(r"\bfor\s+(update|share)\b", _GUIDE + "r_SELECT_synopsis.html"),
    Refusal(
        r"^\s*(create\s+(?:unique\s+)?index|drop\s+index|reindex|cluster)\b",
        'SQL command "{0}" not supported on Redshift tables.',
        FEATURES,
        UNSUPPORTED,
    ),
    Refusal(
        r"^\s*(create\s+(?:sequence|trigger|rule|domain|type|extension|aggregate|cast|operator"
        r"|collation|publication|tablespace)|savepoint|release|rollback\s+to|listen|notify|unlisten"
        r"|do)\b",
        'SQL command "{0}" not supported.',
        FEATURES,
        UNSUPPORTED,
    ),
    _syntax(r"^\s*create\s+(unlogged)\b", _GUIDE + "r_CREATE_TABLE_NEW.html"),
    _syntax(r"^\s*create\b.*\b(inherits)\s*\(", FEATURES),
    _syntax(r"^\s*create\b.*\)\s*(partition)\s+by\b", FEATURES),
    _syntax(r"^\s*(?:create|alter)\s+(?:\w+\s+)*table\b.*\b(check)\s*\(", FEATURES),
    _syntax(r"^\s*create\s+(?:\w+\s+)*table\b.*\b(exclude)\b", FEATURES),
    _syntax(r"^\s*alter\s+table\s+(if)\s+exists\b", _GUIDE + "r_ALTER_TABLE.html", "exists"),
    _syntax(r"^\s*alter\s+table\b.*\badd\s+(?:column\s+)?(if)\s+not\b",
            _GUIDE + "r_ALTER_TABLE.html", "not"),
    _syntax(r"^\s*alter\s+table\b.*\balter\s+(?:column\s+)?\S+\s+(set|drop)\b",
            _GUIDE + "r_ALTER_TABLE.html"),
    _syntax(r"^\s*lock\b.*\b(in)\s+[\w\s]+\s+mode\b", _GUIDE + "r_LOCK.html"),
    _syntax(r"^\s*lock\b.*\b(nowait)\b", _GUIDE + "r_LOCK.html"),
    _syntax(r"^\s*copy\b.*\b(?:from|to)\s+(stdin|stdout|program)\b", _GUIDE + "r_COPY.html"),
    _syntax(r"^\s*create\s+role\s+\S+\s+(?!externalid\b)(\w+)", _GUIDE + "r_CREATE_ROLE.html"),
    Refusal(
        r"(?:::\s*|\bas\s+|[(,]\s*\"?\w+\"?\s+|\badd\s+(?:column\s+)?\"?\w+\"?\s+)"
        r"(jsonb?|hstore|tsvector|tsquery|int4range|int8range|daterange|tsrange|macaddr)(?=\s*[,)\s]|$)",
        'type "{0}" does not exist',
        TYPES,
        UNDEFINED_TYPE,
    ),
    Refusal(
        r"(?:::\s*|\bas\s+(?=\w+\s*\))|[(,]\s*\"?\w+\"?\s+|\badd\s+(?:column\s+)?\"?\w+\"?\s+)"
        r"(uuid|bytea|xml|money|inet|cidr|bit|point|line|polygon|circle|serial|bigserial"
        r"|\w+(?:\s*\(\d+\))?\s*\[\s*\d*\s*\])(?=\s*[,)\s]|$)",
        'Column has unsupported type "{0}".',
        TYPES,
        UNSUPPORTED,
    ),
)  # fmt: skip

UNKNOWN_FUNCTIONS = (
    "array_agg", "array_append", "array_cat", "array_length", "array_position", "array_to_string",
    "string_to_array", "string_agg", "unnest", "json_agg", "json_build_object", "jsonb_agg",
    "jsonb_build_object", "row_to_json", "to_json", "to_jsonb", "json_to_recordset",
    "json_object_agg",
    "hashtext", "hashtextextended", "sha256", "digest", "encode", "gen_random_uuid", "make_date",
    "make_interval", "make_timestamp", "format", "concat_ws", "regexp_matches", "regexp_match",
    "regexp_split_to_table", "regexp_split_to_array", "starts_with", "date_bin", "clock_timestamp",
    "statement_timestamp", "transaction_timestamp", "width_bucket", "num_nulls", "num_nonnulls",
    "pg_advisory_lock", "pg_advisory_xact_lock", "pg_try_advisory_lock", "pg_advisory_unlock",
    "pg_notify", "pg_relation_size", "pg_total_relation_size", "to_regclass", "xmlagg", "every",
    "corr", "covar_pop", "covar_samp", "regr_slope", "mode", "txid_current", "setseed",
)  # fmt: skip

# Where a query reads tables of users, or makes or fills one.
LEADER_ONLY = (
    "current_schema", "current_schemas", "has_database_privilege", "has_schema_privilege",
    "has_table_privilege", "age", "current_time", "current_timestamp", "localtime",
    "localtimestamp", "isfinite", "now", "getbit", "get_bit", "get_byte", "set_bit", "set_byte",
    "to_ascii", "generate_series", "format_type", "pg_get_viewdef", "pg_get_userbyid",
    "obj_description", "col_description", "pg_backend_pid", "version",
)  # fmt: skip
# Where it reads none.
COMPUTE_ONLY = ("listagg", "median", "percentile_cont", "percentile_disc")
_AGGREGATES = r"(sum|count|avg|min|max|stddev\w*|var\w*|bool_and|bool_or)"
_CATALOGUES = ("pg_catalog", "information_schema")
# The same, found in what stands outside of all parentheses.
_OUTSIDE = (
    _syntax(r"^\s*with\b.*\b(insert)\s+into\b", _GUIDE + "r_INSERT_30.html"),
    _syntax(r"^\s*alter\s+table\b.*(,)\s*(?:add|drop|alter)\b", _GUIDE + "r_ALTER_TABLE.html"),
)
# DDL that Redshift commits by itself, and refuses in a transaction block.
_ALONE = (
    (r"^\s*(vacuum)\b", _GUIDE + "r_VACUUM_command.html"),
    (r"^\s*(create\s+database|drop\s+database|create\s+external\s+table|create\s+library)\b",
     _GUIDE + "r_CREATE_DATABASE.html"),
    (r"^\s*(alter\s+table)\b.*\balter\s+(?:column\s+)?\S+\s+type\b", _GUIDE + "r_ALTER_TABLE.html"),
)  # fmt: skip


def refusal(statement: str) -> Failure | None:
    """Why Redshift refuses a statement wherever it stands; None where it does not."""
    code = _code(statement)
    outside = re.sub(r"\(.*\)", _emptied, code, flags=re.S)
    for text, constructs in ((code, CONSTRUCTS), (outside, _OUTSIDE)):
        for construct in constructs:
            found = re.search(construct.pattern, text, re.S)
            if found:
                word = " ".join((found[1] or "").split())
                return Failure(construct.code, construct.message.format(word))
    return _function(code) or _frame(code) or _size(code) or _nodes(statement, code)


def _emptied(found: re.Match[str]) -> str:
    code, kept, depth = found[0], [], 0
    for letter in code:
        depth += letter == "("
        if depth == 0:
            kept.append(letter)
        depth -= letter == ")"
    return "".join(kept)


def refused_in_transaction(statement: str) -> Failure | None:
    """Why Redshift refuses a statement in a transaction block."""
    for pattern, _ in _ALONE:
        found = re.search(pattern, _code(statement), re.S)
        if found:
            command = " ".join(found[1].upper().split())
            return Failure(IN_TRANSACTION, f"{command} cannot run inside a transaction block")
    return None


def user_relations(statement: str) -> set[str]:
    """The tables and views that a statement names, those of the catalogue and its CTEs aside."""
    code = _code(statement)
    code = re.sub(r"\b(extract|trim|substring|position|overlay)\s*\([^()]*\bfrom\b", "(", code)
    name = r'("?[\w$#]+"?(?:\s*\.\s*"?[\w$#]+"?){0,2})'
    pattern = rf"\b(?:from|join|into|update|using|table(?:\s+if\s+not\s+exists)?)\s+{name}(?!\s*\()"
    # `insert into t (a, b)` names columns there.
    named = set(re.findall(pattern, code)) | set(re.findall(rf"\binto\s+{name}", code))
    named |= set(re.findall(rf"\btable\s+(?:if\s+not\s+exists\s+)?{name}", code))
    ctes = set(re.findall(r'("?[\w$]+"?)(?:\s*\([^()]*\))?\s+as\s*\(', code))
    found = set()
    for relation in named - ctes:
        pieces = [piece.strip().strip('"') for piece in relation.split(".")]
        system = re.match(r"(pg|svv|svl|stv|stl|sys)_", pieces[-1])
        if not system and not (len(pieces) > 1 and pieces[-2] in _CATALOGUES):
            found.add(".".join(pieces))
    return found - {"select", "if"}


def _code(statement: str) -> str:
    return hide(statement).lower()


def _function(code: str) -> Failure | None:
    for found in re.finditer(r"(?<![\w.\"])([a-z]\w*)\s*\(", code):
        if found[1] in UNKNOWN_FUNCTIONS and not re.search(
            r"\b(table|into|view)\s+$", code[: found.start()]
        ):
            return Failure(UNDEFINED_FUNCTION, f"function {found[1]}() does not exist")
    return None


def _frame(code: str) -> Failure | None:
    """A running aggregate needs to say over which rows."""
    for found in re.finditer(rf"\b{_AGGREGATES}\s*\(", code):
        after = closing(code, found.end() - 1) + 1
        over = re.match(r"\s*over\s*\(", code[after:])
        if over:
            start = after + over.end()
            window = code[start : closing(code, start - 1)]
            if re.search(r"\border\s+by\b", window) and not re.search(r"\brows\b", window):
                return Failure(
                    SYNTAX,
                    "Aggregate window functions with an ORDER BY clause require a frame clause",
                )
    return None


def _size(code: str) -> Failure | None:
    for found in re.finditer(
        r"\b(?:varchar|character\s+varying|char|character)\s*\(\s*(\d+)", code
    ):
        if int(found[1]) > 65535:
            return Failure("22023", "length for type varchar cannot exceed 65535")
    for found in re.finditer(r"\b(?:numeric|decimal)\s*\(\s*(\d+)", code):
        if not 1 <= int(found[1]) <= 38:
            return Failure("22023", f"DECIMAL precision {found[1]} must be between 1 and 38")
    return None


def _nodes(statement: str, code: str) -> Failure | None:
    """Leader and compute nodes each have functions of their own."""
    if kind(statement) not in ("select", "insert", "create", "update", "delete", "merge", "unload"):
        return None
    called = {found[1] for found in re.finditer(r"(?<![\w.\"])([a-z]\w*)\s*\(", code)}
    called |= set(
        re.findall(r"\b(current_timestamp|current_time|localtimestamp|localtime)\b", code)
    )
    relations = user_relations(statement)
    if relations and called & set(LEADER_ONLY):
        name = min(called & set(LEADER_ONLY))
        return Failure(
            UNSUPPORTED,
            "Specified types or functions (one per INFO message) not supported on Redshift tables.",
            f'Function "{name}" not supported.',
        )
    if not relations and called & set(COMPUTE_ONLY):
        return Failure(
            UNSUPPORTED,
            "One or more of the used functions must be applied on at least one user created"
            " tables. Examples of user table only functions are LISTAGG, MEDIAN, PERCENTILE_CONT,"
            " etc",
        )
    return None
