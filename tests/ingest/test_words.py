"""Python and PostgreSQL agree about what is a whole word."""

from ingest.erasure.words import is_word, whole_word
from tests.ingest.conftest import Shop

CASES = [
    ("Quillington", "Winifred Quillington", True),
    ("Quillington", "Quillingtons", False),
    ("Quillington", "x_Quillington", False),
    ("Quillington", "(Quillington)", True),
    ("Quillington", "äQuillington", False),
    ("81234567", "tel. 81234567", True),
    ("81234567", "81234567.", True),
    ("81234567", "81234567.50", False),
    ("81234567", "1,81234567", False),
    ("81234567", "no.81234567", True),
    ("81234567", "812345670", False),
    ("w.quill@shop.example", "mail w.quill@shop.example, please", True),
    ("w.quill@shop.example", "wxquill@shop.example", False),
    ("w.quill@shop.example", "my-w.quill@shop.example", True),
    ("a+b (c) [d]", "x a+b (c) [d] y", True),
]


def test_words(shop: Shop) -> None:
    for text, cell, expected in CASES:
        assert is_word(text, cell) is expected, (text, cell)
        assert shop.value("select %s::text ~ %s", cell, whole_word(text)) is expected
