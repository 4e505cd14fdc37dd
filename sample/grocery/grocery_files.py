"""Writes a panel's files day by day, and counts their expected results."""

from dataclasses import dataclass, field

from sample.answers import FileAnswer, SourceAnswers
from sample.csv_columns import CsvFile
from sample.grocery import panel_defects
from sample.grocery.campaigns import write_campaigns, write_effects
from sample.grocery.catalogue import write_companions, write_products
from sample.grocery.households import write_demographics, write_truth
from sample.grocery.panel import Panel
from sample.grocery.panel_tally import Loaded, Truth
from sample.grocery.parts import Part, clean_parts, faulty_parts
from sample.grocery.promotions import write_promotions
from sample.grocery.simulation import simulate
from sample.grocery.transactions import (
    COLUMNS,
    REDEMPTION_COLUMNS,
    Rows,
    join_rows,
    redemptions_of,
    rows_of,
    write_rows,
)
from sample.source_report import Folders, SourceReport


def write_panel(
    panel: Panel,
    folders: Folders,
    *,
    days_per_file: int | None = None,
    has_defects: bool = False,
    has_truth: bool = True,
) -> SourceReport:
    """Write all files of a panel; see `sample.grocery.write`.

    has_defects: inject every fault of `panel_defects.py`; days_per_file is then ignored.
    """
    parts = faulty_parts(panel.shape) if has_defects else clean_parts(panel.shape, days_per_file)
    if has_defects:
        panel = panel_defects.with_unknown_commodities(panel)
    missing = panel_defects.missing_products(panel) if has_defects else []
    folders.files.mkdir(parents=True, exist_ok=True)

    answers = SourceAnswers()
    truth, loaded = Truth.of(panel), Loaded.of(panel)
    answers.files += _write_masters(panel, folders, missing)
    answers.files += _write_days(panel, folders, parts, answers, truth, loaded)
    if panel.shape.causal_rows:
        path = folders.files / "causal_data.csv"
        rows = write_promotions(path, panel)
        answers.files.append(FileAnswer(folders.name(path), "causal_data", rows))
    if has_defects:
        answers.files += panel_defects.write_foreign_files(panel, folders)
        answers.unmapped = panel_defects.unmapped(panel, loaded)
        answers.inferred_products = [str(panel.catalogue.product_id[i]) for i in missing]

    for answer in answers.files:
        table, count = str(answer.table), answer.rows - len(answer.rejects)
        if answer.outcome == "loaded":
            answers.table_rows[table] = answers.table_rows.get(table, 0) + count
    answers.facts = dict(loaded.facts(panel, panel.shape.products - len(missing)))
    if has_truth:
        folders.truth.mkdir(parents=True, exist_ok=True)
        people = folders.truth / "grocery_households.csv"
        write_truth(people, panel.households, truth.last_day, truth.baskets)
        effects = folders.truth / "grocery_campaigns.csv"
        write_effects(effects, panel.campaigns, truth.mailed_sales, truth.added_sales)
        write_companions(folders.truth / "grocery_companions.csv", panel.catalogue)
    return SourceReport(
        "grocery",
        [folders.root / answer.file for answer in answers.files],
        sum(answer.rows for answer in answers.files),
        answers,
    )


def _write_masters(panel: Panel, folders: Folders, missing: list[int]) -> list[FileAnswer]:
    rows = {"product": write_products(folders.files / "product.csv", panel.catalogue, missing)}
    rows["hh_demographic"] = write_demographics(
        folders.files / "hh_demographic.csv", panel.households, panel.seed
    )
    rows |= write_campaigns(folders.files, panel.campaigns, panel.catalogue, panel.seed)
    return [
        FileAnswer(folders.name(folders.files / f"{table}.csv"), table, count)
        for table, count in rows.items()
    ]


def _write_days(
    panel: Panel,
    folders: Folders,
    parts: list[Part],
    answers: SourceAnswers,
    truth: Truth,
    loaded: Loaded,
) -> list[FileAnswer]:
    days = simulate(panel)
    has_faults = any(part.fault for part in parts)
    late = panel_defects.late_day(parts) if has_faults else None
    written: list[FileAnswer] = []
    redemptions = _Growing(folders, "coupon_redempt", REDEMPTION_COLUMNS)
    held: list[Rows] = []
    for part in parts:
        file = _Growing(folders, "transaction_data", COLUMNS, part.name)
        if not has_faults:
            redemptions = _Growing(folders, "coupon_redempt", REDEMPTION_COLUMNS, part.name)
        block: list[Rows] = []
        for _ in range(part.first_day, part.last_day + 1):
            day = next(days)
            truth.add(panel, day)
            rows, redeemed = rows_of(panel, day), redemptions_of(panel, day)
            redemptions.file.write(redeemed)
            loaded.add_redemptions(redeemed)
            if part.fault:
                block.append(rows)
                continue
            loaded.add(panel, day.day, rows, answers)
            if late is not None and day.day in (late, late + 1):
                rows, later = panel_defects.split_late(rows, is_whole_day=day.day == late)
                held.append(later)
            file.add(rows)
        if part.fault:
            file.close()
            files, kept = panel_defects.write_faulty(folders, part, join_rows(block))
            written += files
            for on in range(part.first_day, part.last_day + 1):
                loaded.add(panel, on, kept.take(kept.columns["day"] == on), answers)
        else:
            written += file.close()
        if not has_faults:
            written += redemptions.close()
    if has_faults:
        written += redemptions.close()
        written.append(panel_defects.write_late(folders, join_rows(held)))
    return written


@dataclass
class _Growing:
    """A file that grows day by day, and the sum of its control amount."""

    folders: Folders
    table: str
    columns: list[str]
    name: str = ""
    control: int = 0
    file: CsvFile = field(init=False)

    def __post_init__(self) -> None:
        self.file = CsvFile(self.folders.files / f"{self.table}{self.name}.csv", self.columns)

    def add(self, rows: Rows) -> None:
        write_rows(self.file, rows)
        self.control += int(rows.columns["sales_value"].sum())

    def close(self) -> list[FileAnswer]:
        """Close the file; delete it if it has no rows, because no till exports such a file."""
        self.file.close()
        if not self.file.rows:
            self.file.path.unlink()
            return []
        control = self.control if self.table == "transaction_data" else None
        name = self.folders.name(self.file.path)
        return [FileAnswer(name, self.table, self.file.rows, control)]
