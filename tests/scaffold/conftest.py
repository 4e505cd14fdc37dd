"""Sample files of shops that no source knows, and a copy of the project to scaffold them in."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.conftest import temporary_folder

# One file: a till's export. Dates are ambiguous in the first rows, the last settles them.
BAKERY = """\
Bon No,Date/Time,Shop,Loyalty Card No,Customer Name,Phone,Article No,Article Name,Product Group,\
Qty,Unit Price,Discount,Payment,Cashier
B1,3/1/2024 9:05,Mill Lane,L1,Ann Other,07700 900123,00101,Rye loaf,Bread,2,4.20,0.40,Card,Joe
B1,3/1/2024 9:05,Mill Lane,L1,Ann Other,07700 900123,00102,Croissant,Pastry,1,1.80,,Card,Joe
B2,4/1/2024 17:30,Station,,,,00101,Rye loaf,Bread,1,4.20,,Cash,Joe
B3,5/2/2024 8:00,Station,L2,Bo Else,07700 900456,00103,"Roll, seeds",Rolls,6,0.3333,,Klarna,Joe
B4,13/2/2024 12:00,Mill Lane,L1,Ann Other,07700 900123,00102,Croissant,Pastry,-1,1.80,,Card,Joe
"""
# Five files: orders and their lines apart, amounts per line, masters; one gzip, one Parquet.
MUSEUM_ORDERS = """\
order_number,order_date,order_time,email,branch,status,currency,tender
700,2024-05-01,10:15,ann@example.com,north,paid,EUR,card
701,2024-05-01,11:45,bo@example.com,south,paid,EUR,card
702,2024-05-09,09:00,ann@example.com,north,paid,EUR,card
702,2024-05-09,09:00,ann@example.com,north,refunded,EUR,card
"""
MUSEUM_LINES = """\
order_number,line_no,item_code,qty,line_total,line_discount
700,1,mug,2,16.00,4.00
700,2,map,1,3.50,
701,1,mug,1,10.00,
702,1,mug,1,-8.00,
"""
MUSEUM_ITEMS = """\
item_code,item_name,category,cost
mug,Blue mug,Kitchen,3.10
map,City map,Paper,0.90
"""
MUSEUM_BRANCHES = "branch,branch_name,city,country\nnorth,North hall,Oslo,NO\nsouth,,Bergen,NO\n"

_COPIED = ("models", "macros", "seeds", "snapshots", "tests", "analyses")


@pytest.fixture(scope="session")
def bakery_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with one CSV file of a bakery's till."""
    folder = tmp_path_factory.mktemp("bakery")
    (folder / "Tickets 2024-06.csv").write_text(BAKERY)
    return folder


@pytest.fixture(scope="session")
def museum_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the files of a museum shop."""
    folder = tmp_path_factory.mktemp("museum")
    (folder / "orders.csv").write_text(MUSEUM_ORDERS)
    (folder / "order_lines.csv.gz").write_bytes(gzip.compress(MUSEUM_LINES.encode()))
    (folder / "items.csv").write_text(MUSEUM_ITEMS)
    (folder / "branches.csv").write_text(MUSEUM_BRANCHES)
    people = pa.table({"email": ["ann@example.com"], "full_name": ["Ann Other"], "tier": ["gold"]})
    pq.write_table(people, folder / "members.parquet")
    return folder


@pytest.fixture(scope="session")
def project_copy(project_dir: Path) -> Iterator[Path]:
    """A copy of the project in which sources may be written."""
    with temporary_folder() as folder:
        yield copied_project(project_dir, folder)


def copied_project(project_dir: Path, folder: Path) -> Path:
    """Copies what dbt and the scaffold read of the project; returns the folder."""
    for name in _COPIED:
        if (project_dir / name).is_dir():
            shutil.copytree(project_dir / name, folder / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(project_dir / name, folder / name)
    return folder
