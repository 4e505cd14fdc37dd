"""Measures builds after five changes to the six samples, started as a user would."""

import csv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench import steps
from bench.command import Kinds, by_kind, run_warehouse
from warehouse.settings import Settings

NOTHING = "nothing new"
CAFE_FILE = "one café file"
_MODEL = "models/marts/customers/customer_rfm.sql"


@dataclass(frozen=True)
class Change:
    """Seconds of the load (0 if nothing is loaded) and of the build, and what dbt ran."""

    name: str
    load: float
    build: float
    ran: Kinds

    @property
    def seconds(self) -> float:
        """Seconds from the file to its figures."""
        return self.load + self.build


def measure_changes(
    settings: Settings, worker: ProcessPoolExecutor, say: Callable[[str], None]
) -> list[Change]:
    """Load and build the six samples without the cafés' last file, then make each change."""
    folder = settings.home.parent / "sample" / "six"
    say("loading and building the six samples")
    sources = worker.submit(steps.write_samples, folder).result()
    till = max(sources["cafe"], key=_business_day)
    sources["cafe"].remove(till)
    for source, files in sources.items():
        worker.submit(steps.load, settings, files, source).result()
    run_warehouse(settings, "build")
    grocery = folder / "grocery"
    day, _ = worker.submit(steps.write_new_day, grocery, folder / "day").result()

    def change(name: str, source: str = "", file: Path | None = None) -> Change:
        say(f"building after a change: {name}")
        load = run_warehouse(settings, "load", source, str(file)).seconds if file else 0.0
        ran = run_warehouse(settings, "build")
        return Change(name, load, ran.seconds, by_kind(ran.nodes))

    found = [
        change(NOTHING),
        change(CAFE_FILE, "cafe", till),
        change("one grocery day", "grocery", day),
        change("a product master", "grocery", _write_master(grocery / "product.csv", folder)),
    ]
    with (settings.project_dir / _MODEL).open("a", encoding="utf-8") as model:
        model.write("-- A change.\n")
    return [*found, change("a changed model")]


def _business_day(file: Path) -> list[str]:
    """Year, month and day in a till file's name, `leeds_25-08-2021_09-00-00.csv`."""
    return file.stem.split("_")[1].split("-")[::-1]


def _write_master(products: Path, folder: Path) -> Path:
    """Write the product master again, with another brand for the first product."""
    with products.open(encoding="utf-8", newline="") as file:
        header, first, *others = csv.reader(file)
    brand = header.index("brand")
    first[brand] = "National" if first[brand] == "Private" else "Private"
    path = folder / "product_new.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, first, *others])
    return path
