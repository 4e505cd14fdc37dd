"""The data test of signs, on lines made up for it."""

from pathlib import Path

from jinja2 import Template

from warehouse.server import database
from warehouse.settings import Settings

LINES = """
    create temporary table lines (
        source_system text, order_id text, line_number integer, line_type text,
        quantity numeric, gross_amount numeric, cost_amount numeric
    );
    insert into lines values
        ('electronics', 'E1', 1, 'sale', 2, 19.98, null),
        ('electronics', 'E2', 1, 'return', -1, -9.99, -4),
        ('electronics', 'E3', 1, 'sale', 2, -19.98, null),
        ('electronics', 'E4', 1, 'return', -1, 9.99, null),
        ('electronics', 'E5', 1, 'sale', 1, 9.99, -4),
        ('grocery', 'E6', 1, 'sale', 1, 0, 0),
        ('grocery', 'E7', 1, 'sale', 0, 0.5, null)
"""


def test_lines_whose_amounts_turn_their_quantity_round_are_named(
    project_dir: Path, embedded: Settings
) -> None:
    path = project_dir / "tests" / "amounts_carry_the_sign_of_their_quantity.sql"
    query = Template(path.read_text()).render(config=lambda **_: "", ref=lambda _: "lines")
    with database.connect(embedded) as connection:
        connection.execute(LINES)
        named = [row[1] for row in connection.execute(query.encode())]
    assert sorted(named) == ["E3", "E4", "E5"]
