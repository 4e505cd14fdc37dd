"""A shop that writes files and loads them into a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ingest.engine.redshift_address import Address
from ingest.files.file_bytes import HashedBytes
from ingest.loads import load_reading
from ingest.loads.load_options import Options
from ingest.loads.load_report import FileResult, LoadReport
from ingest.loads.load_target import Advance
from ingest.loads.loader import load
from ingest.tables import raw_schemas
from ingest.tables.definition_files import read_definitions
from warehouse.server import database
from warehouse.settings import Settings

TOKEN_KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

GROCERY_HEADER = (
    "household_key,basket_id,day,product_id,quantity,sales_value,store_id,"
    "retail_disc,trans_time,week_no,coupon_disc,coupon_match_disc"
)
LEEDS = "leeds_01-01-2020_09-00-00.csv"


def grocery_line(**changes: object) -> str:
    """One line of transaction_data, in the order of GROCERY_HEADER."""
    cells: dict[str, object] = {
        "household_key": 1,
        "basket_id": 100,
        "day": 10,
        "product_id": 5000,
        "quantity": 1,
        "sales_value": "2.50",
        "store_id": 7,
        "retail_disc": "-0.50",
        "trans_time": 1330,
        "week_no": 2,
        "coupon_disc": 0,
        "coupon_match_disc": 0,
    }
    unknown = set(changes) - set(cells)
    assert not unknown, unknown
    return ",".join(str(value) for value in (cells | changes).values())


def grocery_file(lines: Sequence[str], header: str = GROCERY_HEADER) -> str:
    """A whole transaction_data file."""
    return "\n".join([header, *lines]) + "\n"


def good_lines(count: int) -> list[str]:
    """Lines that differ in basket, so that a hundred of them may have one reject."""
    return [grocery_line(basket_id=1000 + number) for number in range(count)]


def ticket(**changes: str) -> str:
    """One line of a café's file of Leeds on 1 January 2020."""
    cells = {
        "date_time": "01/01/2020 09:15",
        "branch_name": "Leeds",
        "customer_name": "Winifred Quill",
        "products": "Regular Latte - 2.15, Large Flat white - Vanilla - 2.75",
        "total_price": "4.9",
        "payment_method": "CARD",
        "card_number": "4929123456781234",
    }
    cells |= changes
    return ",".join(f'"{v}"' if "," in v else v for v in cells.values())


class Shop:
    """Writes files into a folder and loads them into one database.

    `conninfo` is for looking into it; `address` is what the loader gets, the same unless given.
    """

    def __init__(
        self, conninfo: str, folder: Path, project_dir: Path, address: Address | None = None
    ) -> None:
        self.conninfo = conninfo
        self.address = address or conninfo
        self.folder = folder
        self.project_dir = project_dir

    def write(self, name: str, content: str | bytes) -> Path:
        """Write a file; text as UTF-8, line ends as given."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def load(
        self,
        source: str,
        *paths: str | Path,
        progress: Advance | None = None,
        wait: float | None = None,
        notify: Callable[[str], None] | None = None,
        **options: Any,
    ) -> LoadReport:
        """Load the given paths (default: the folder)."""
        return load(
            self.address,
            self.project_dir,
            source,
            paths or (self.folder,),
            Options(**{"token_key": TOKEN_KEY, **options}),
            progress=progress,
            wait=wait,
            notify=notify,
        )

    def load_one(self, source: str, name: str, content: str | bytes, **options: Any) -> FileResult:
        """Write one file, load it and return its result."""
        (result,) = self.load(source, self.write(name, content), **options).files
        return result

    def query(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows of a query."""
        with psycopg.connect(self.conninfo) as connection:
            return connection.execute(statement, parameters).fetchall()

    def value(self, statement: str, *parameters: object) -> Any:
        """The single value of a query."""
        return self.query(statement, *parameters)[0][0]

    def lines(self) -> int:
        """Rows in raw_grocery.transaction_data."""
        return int(self.value("select count(*) from raw_grocery.transaction_data"))

    def is_untouched(self) -> bool:
        """Whether nothing at all was written."""
        return all(self.value(f"select count(*) from {name}") == 0 for name in self.tables())

    def everything(self) -> str:
        """All rows of all tables of the database as one text."""
        rows = [
            row for name in self.tables() for row in self.query(f"select t::text from {name} t")
        ]
        return "\n".join(str(row) for row in rows)

    def tables(self) -> list[str]:
        """All tables of the database, with their schemas."""
        query = (
            "select schemaname || '.' || tablename from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        )
        return [name for (name,) in self.query(query)]


@pytest.fixture(scope="session")
def shared_database(embedded: Settings, project_dir: Path) -> Iterator[str]:
    """A database with raw tables that the tests of this folder empty and use again."""
    owner = database.conninfo(embedded)
    name = f"ingest_{uuid4().hex[:12]}"
    conninfo = make_conninfo(owner, dbname=name)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    with psycopg.connect(conninfo) as connection:
        raw_schemas.ensure(connection, read_definitions(project_dir))
    yield conninfo
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def shop(shared_database: str, tmp_path: Path, project_dir: Path) -> Shop:
    """A shop with an empty warehouse."""
    shop = Shop(shared_database, tmp_path, project_dir)
    filled = [name for name in shop.tables() if shop.value(f"select count(*) from {name}")]
    names = ", ".join({*filled, "ops.load_files"})
    with psycopg.connect(shared_database) as connection:
        connection.execute(f"truncate {names} restart identity".encode())
    return shop


@pytest.fixture
def block_bytes(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets how many bytes the loader reads at once."""

    def set_to(size: int) -> None:
        def small(path: Path, **options: Any) -> HashedBytes:
            return HashedBytes(path, size, **options)

        monkeypatch.setattr(load_reading, "HashedBytes", small)

    return set_to


def money(text: str) -> Decimal:
    """An exact amount."""
    return Decimal(text)
