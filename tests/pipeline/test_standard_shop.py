"""A shop that brings standard files: hard lines, two currencies, half a million lines at once."""

import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from tests.marts.built_warehouse import TOKEN_KEY, BuiltWarehouse, database_on
from tests.platform.checksums import checksums

pytestmark = pytest.mark.slow

ONLY = ("--vars", "{source_systems: [standard], default_currency: USD}")
LINES = """\
unit_price,quantity,product_id,ordered_at,order_id,customer_id,line_type,discount_amount,currency_code
1.2345,2,p1,2024-03-01T09:30,A1,c1,,,
0.0001,1,p2,2024-03-01T09:31,A1,c1,,,
10,3,p1,2024-03-01,A2,,,1,
1.2345,1,p1,2024-03-02,A3,c1,return,,
99.9999,0.3333,p3,2024-03-02,A4,,,,EUR
50,1,p3,2024-03-03,A5,c2,void,,
0,1,p4,2024-03-03,A6,c2,gift,,
20,-1,p3,2024-03-03,A6,c2,exchange,,
25,1,p5,2024-03-03,A6,c2,exchange,,
12.5,2,p5,2024-03-04,A11,c2,,,USD
7,1,p1,2024-03-04,A7,c3,void,,
0,1,p4,2024-03-04,A8,c4,,,
-5,1,p6,2024-03-05,A9,c5,,,
4,-2,p1,2024-03-05,A10,c1,,0.5,
10,1,p7,2024-03-05,A12,c6,,,EUR
5,1,p7,2024-03-05,A13,c6,,,USD
"""
HALF_A_MILLION = 500_000


@pytest.fixture(scope="module")
def shop(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BuiltWarehouse]:
    """The hard lines, loaded and built as far as facts and RFM."""
    folder = tmp_path_factory.mktemp("standard")
    (folder / "order_lines.csv").write_text(LINES)
    with database_on(server, project_dir, dbt_folder) as warehouse:
        warehouse.load("standard", folder)
        warehouse.dbt("build", *ONLY, "--select", "+customer_rfm", "+dim_customer")
        yield warehouse


def test_lines_count_with_their_sign_and_kind(shop: BuiltWarehouse) -> None:
    found = shop.frame(
        "select order_id, line_type, quantity, net_amount, currency_code, is_revenue"
        " from core.fct_order_lines order by length(order_id), order_id, line_number"
    )
    assert [tuple(map(str, row)) for row in found.itertuples(index=False)] == [
        ("A1", "sale", "2.0000", "2.4690", "USD", "True"),
        ("A1", "sale", "1.0000", "0.0001", "USD", "True"),
        # 3 × 10 − 1.
        ("A2", "sale", "3.0000", "29.0000", "USD", "True"),
        ("A3", "return", "-1.0000", "-1.2345", "USD", "True"),
        # 99.9999 × 0.3333 = 33.32996667.
        ("A4", "sale", "0.3333", "33.3300", "EUR", "True"),
        ("A5", "void", "1.0000", "50.0000", "USD", "False"),
        ("A6", "gift", "1.0000", "0.0000", "USD", "False"),
        ("A6", "exchange", "-1.0000", "-20.0000", "USD", "True"),
        ("A6", "exchange", "1.0000", "25.0000", "USD", "True"),
        ("A7", "void", "1.0000", "7.0000", "USD", "False"),
        ("A8", "sale", "1.0000", "0.0000", "USD", "True"),
        ("A9", "sale", "1.0000", "-5.0000", "USD", "True"),
        # −8, of which 0.50 had been taken off.
        ("A10", "return", "-2.0000", "-7.5000", "USD", "True"),
        ("A11", "sale", "2.0000", "25.0000", "USD", "True"),
        ("A12", "sale", "1.0000", "10.0000", "EUR", "True"),
        ("A13", "sale", "1.0000", "5.0000", "USD", "True"),
    ]


def test_guests_are_anonymous_and_everybody_else_is_known_by_id(shop: BuiltWarehouse) -> None:
    found = shop.frame(
        "select customers.is_anonymous, customers.is_inferred, orders.order_id"
        " from core.fct_orders as orders"
        " inner join core.dim_customer as customers using (customer_key)"
        " where orders.order_id in ('A1', 'A2') order by orders.order_id"
    )
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        (False, True, "A1"), (True, False, "A2"),
    ]  # fmt: skip


def test_rfm_counts_purchases_and_their_money(shop: BuiltWarehouse) -> None:
    found = shop.frame(
        "select customer_id, frequency, monetary_amount, currency_code, m_score"
        " from marts.customer_rfm order by customer_id"
    )
    # c6 pays in dollars and euros, so all are measured in dollars: 10 × 1.0820 + 5. c2 bought
    # once, for 25; the exchange (25 − 20) is revenue and no purchase. c3 has only a void. What is
    # free, or costs less than nothing, is a purchase all the same.
    assert [tuple(row) for row in found.itertuples(index=False)] == [
        ("c1", 1, Decimal("2.4690") + Decimal("0.0001") - Decimal("1.2345") - Decimal("7.5"),
         "USD", 1),
        ("c2", 1, Decimal("30.0000"), "USD", 5),
        ("c4", 1, Decimal("0.0000"), "USD", 3),
        ("c5", 1, Decimal("-5.0000"), "USD", 2),
        ("c6", 2, Decimal("15.8200"), "USD", 4),
    ]  # fmt: skip


ROLLING = {
    "order_lines_may02.csv": """\
order_id,ordered_at,customer_id,product_id,quantity,unit_price,currency_code
S1,2024-05-01T09:00,k1,mug,1,10.00,USD
S2,2024-05-02T09:00,k2,mug,2,10.00,USD
S2,2024-05-02T09:00,k2,map,1,5.00,USD
S4,2024-05-02T09:00,k2,map,3,5.00,USD
S5,2024-05-02T09:00,k2,mug,1,10.00,USD
S5,2024-05-02T09:00,k2,map,1,5.00,USD
""",
    "order_lines_may03.csv": """\
order_id,ordered_at,customer_id,product_id,quantity,unit_price,currency_code
S2,2024-05-02T09:00,k2,mug,2,10.00,USD
S2,2024-05-02T09:00,k2,map,1,5.00,USD
S3,2024-05-03T09:00,k1,map,1,5.00,USD
S4,2024-05-02T09:00,k2,map,1,5.00,USD
S5,2024-05-02T09:00,k2,mug,1,10.00,USD
S5,2024-05-02T09:00,k2,map,?,5.00,USD
""",
}
# S4 was changed between the exports: three maps, then one. Of S5 the newer file lacks a line.
NEWEST = {"S1": "10.0000", "S2": "25.0000", "S3": "5.0000", "S4": "5.0000", "S5": "15.0000"}


def test_of_rolling_exports_the_newest_has_the_whole_order(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path: Path
) -> None:
    """The newer file comes first; built one by one or all at once, and every file reconciles."""
    build = ("build", *ONLY, "--exclude-resource-types", "unit_test")
    build += ("--select", "+sales_reconciliation", "every_file_reconciles")
    with database_on(server, project_dir, dbt_folder) as warehouse:
        for name in sorted(ROLLING, reverse=True):
            path = tmp_path / name
            path.write_text(ROLLING[name])
            warehouse.load("standard", path, order_again="newest")
            warehouse.dbt(*build)
        orders = "select order_id, net_amount::text from core.fct_orders order by 1"
        assert dict(warehouse.frame(orders).itertuples(index=False)) == NEWEST
        lines = "select count(*) from core.fct_order_lines"
        assert warehouse.value(lines) == 7
        superseded = "select sum(superseded_amount) from marts.sales_reconciliation"
        # The older file's S2 and S4, and the newer one's S5.
        assert warehouse.value(superseded) == 50
        before = checksums(warehouse.conninfo)
        warehouse.dbt(*build, "--full-refresh")
        assert checksums(warehouse.conninfo) == before


def write_many_lines(path: Path) -> Decimal:
    """Writes half a million lines of 125,000 orders; returns the sum of their net amounts."""
    random = np.random.default_rng(7)
    orders = np.sort(random.integers(0, 125_000, HALF_A_MILLION))
    days = np.datetime64("2023-01-01") + (orders // 350)
    products = random.integers(0, 5_000, HALF_A_MILLION)
    quantities = random.integers(1, 5, HALF_A_MILLION)
    prices = random.integers(1, 2_000_000, HALF_A_MILLION)
    with path.open("w", encoding="utf-8") as file:
        file.write("order_id,ordered_at,customer_id,product_id,quantity,unit_price\n")
        for order, day, product, quantity, price in zip(
            orders.tolist(), days.astype(str).tolist(), products.tolist(), quantities.tolist(),
            prices.tolist(), strict=True,
        ):  # fmt: skip
            cells = (f"O{order}", day, f"C{order % 9973}", f"P{product}", quantity)
            file.write(",".join(map(str, cells)) + f",{price / 10_000:.4f}\n")
    return Decimal(int((quantities * prices).sum())).scaleb(-4)


def test_half_a_million_lines_in_one_file(
    server: str, project_dir: Path, dbt_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "order_lines.csv"
    expected = write_many_lines(path)
    script = (
        "import sys; from ingest.loads import loader; from tests.own_memory import peak_bytes; "
        "from ingest.loads.load_options import Options; "
        "report = loader.load(*sys.argv[1:4], [sys.argv[4]], Options(token_key=sys.argv[5])); "
        "print(peak_bytes()); "
        "sys.exit(report.exit_code)"
    )
    with database_on(server, project_dir, dbt_folder) as warehouse:
        began = time.monotonic()
        told = subprocess.run(
            [sys.executable, "-c", script, warehouse.conninfo, str(project_dir), "standard",
             str(path), TOKEN_KEY],
            cwd=project_dir, check=True, stdout=subprocess.PIPE, text=True,
        ).stdout  # fmt: skip
        load_seconds, peak_megabytes = time.monotonic() - began, int(told) / 2**20
        began = time.monotonic()
        warehouse.dbt("build", *ONLY, "--select", "+customer_rfm", "+sales_reconciliation")
        build_seconds = time.monotonic() - began
        lines, net = warehouse.frame(
            "select count(*), sum(net_amount) from core.fct_order_lines"
        ).iloc[0]
        customers = warehouse.value("select count(*) from marts.customer_rfm")
    print(f"load {load_seconds:.1f} s, {peak_megabytes:.0f} MB; build {build_seconds:.1f} s")
    assert (lines, net) == (HALF_A_MILLION, expected)
    assert customers == 9973
    assert load_seconds < 60 and peak_megabytes < 500
