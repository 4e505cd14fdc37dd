"""Texts as whole words in cells: of other people, and in rejects."""

from __future__ import annotations

import re
from collections.abc import Collection

import pyarrow as pa
from psycopg import sql

from ingest.engine.engines import engine_of
from ingest.engine.given_rows import GivenRows
from ingest.engine.relation import Relation
from ingest.engine.session import Session
from ingest.erasure.given import LINE

_TEXT = pa.string()


def whole_word(text: str) -> str:
    """PostgreSQL's regular expression for the text, but not as part of a word or number."""
    escaped = re.sub(r"([^\w\s]|_)", r"\\\1", text)
    return rf"(?<![[:alnum:]_])(?<![0-9][.,]){escaped}(?![[:alnum:]_])(?![.,][0-9])"


def given_words(connection: Session, texts: Collection[str], prefix: str) -> GivenRows:
    """Texts, in columns `text` and `word`, for `texts_of_others`."""
    schema = pa.schema([("text", _TEXT), ("word", _TEXT)])
    rows = [(text, whole_word(text)) for text in texts]
    return engine_of(connection).give_rows(connection, schema, rows, prefix=prefix)


def texts_of_others(
    connection: Session, relation: Relation, column: str, words: GivenRows, own: GivenRows | None
) -> set[str]:
    """Which of the words are one in a column of a raw table, in other rows than one's `own`."""
    if not engine_of(connection).matches_columns:
        held = _cells(connection, relation, column, words, own)
        return {text for text, cell in held if is_word(text, cell)}
    cell, text, word = sql.Identifier(column), words.column("text"), words.column("word")
    not_own = sql.SQL("true") if own is None else sql.SQL("not {}").format(own.has(*LINE))
    # Most cells contain none of the texts, which strpos finds out quickly.
    query = sql.SQL(
        "select {1} from {3} where exists"
        " (select 1 from {4} where strpos({0}, {1}) > 0 and {0} ~ {2} and {5})"
    ).format(cell, text, word, words.source, relation.quoted, not_own)
    parameters = words.parameters | (own.parameters if own else {})
    return {row[0] for row in connection.execute(query, parameters)}


def cells_with_words(
    connection: Session, relation: Relation, column: str, texts: Collection[str], prefix: str
) -> set[str]:
    """The values of a column that contain one of the texts as a word."""
    if not engine_of(connection).matches_columns:
        words = given_words(connection, texts, prefix)
        held = _cells(connection, relation, column, words, None)
        return {cell for text, cell in held if is_word(text, cell)}
    query = sql.SQL("select distinct {0} from {1} where {0} ~ any(%s::text[])").format(
        sql.Identifier(column), relation.quoted
    )
    return {row[0] for row in connection.execute(query, ([*map(whole_word, texts)],))}


def is_word(text: str, cell: str) -> bool:
    """Whether the cell contains the text, not as part of a word or number."""
    word = rf"(?<!\w)(?<![0-9][.,]){re.escape(text)}(?!\w)(?![.,][0-9])"
    return re.search(word, cell) is not None


def _cells(
    connection: Session, relation: Relation, column: str, words: GivenRows, own: GivenRows | None
) -> list[tuple[str, str]]:
    """Each text with each cell that contains it. A regular expression could only be a part of the
    statement there, and the text with it."""
    cell, text = sql.Identifier("held", column), words.column("text")
    join: sql.Composable = sql.SQL("")
    test: sql.Composable = sql.SQL("true")
    if own is not None:
        join = sql.SQL(" left join {0} on held.load_id = {1} and held.file_line = {2}").format(
            own.source, own.column("of_load"), own.column("of_line")
        )
        test = sql.SQL("{} is null").format(own.column("of_load"))
    query = sql.SQL(
        "select distinct {1}, {0} from {3} as held inner join {2} on strpos({0}, {1}) > 0{4}"
        " where {5}"
    ).format(cell, text, words.source, relation.quoted, join, test)
    parameters = words.parameters | (own.parameters if own else {})
    return connection.execute(query, parameters).fetchall()
