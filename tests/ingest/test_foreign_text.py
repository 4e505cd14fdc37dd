"""How text from outside is shown, typed and handed to dbt."""

import subprocess

import pytest

from ingest.foreign_text import described, jinja_parts, shell_word, shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Crème brûlée 抹茶 😀", "Crème brûlée 抹茶 😀"),
        ("\x1b[31mred\x9b0m", r"\x1b[31mred\x9b0m"),
        ("a\r\nb\tc\x00", r"a\x0d\x0ab\x09c\x00"),
        ("\u202eevil\u2066\u200b\u2028\ufeff", r"\u202eevil\u2066\u200b\u2028\ufeff"),
        ("no\u00a0break\u3000wide", "no break wide"),
        ("bytes \udcff", r"bytes \udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("\x1b" * 200, r"\x1b" * 49 + r"\x1" + "…"),
    ],
)
def test_foreign_text_is_shown_on_one_short_line(text: str, told: str) -> None:
    assert shown(text) == told


@pytest.mark.parametrize(
    "text",
    ["plain.csv", "it's", "a b;c", "$(x)", "\x1b]0;x\x07", "two\nlines'", "é\n\\", "-\udcff\n"],
)
def test_a_shell_reads_the_word_as_it_is(text: str) -> None:
    word = shell_word(text)
    assert word.isprintable()
    told = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, check=True)
    assert told.stdout == text.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain { % }", ["plain { % }"]),
        ("{{ x }}", ["{", "{ x }", "}"]),
        ("{%#}}", ["{", "%#", "}", "}"]),
    ],
)
def test_parts_hold_no_template_and_make_the_text(text: str, parts: list[str]) -> None:
    assert jinja_parts(text) == parts
    assert "".join(jinja_parts(text)) == text


def test_descriptions_hold_no_template_and_end_no_comment() -> None:
    assert described("{{ x }}\n{#") == r"{ { x } }\x0a{ #"
    assert described("$dbt_comment_literal_block") == "$ dbt_comment_literal_block"
