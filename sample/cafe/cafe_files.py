"""Writes the cafés' files day by day, and counts their expected results."""

import csv
from datetime import timedelta
from pathlib import Path

from sample.answers import FileAnswer
from sample.cafe.cafe_customers import NEVER
from sample.cafe.tickets import BRANCHES, FIRST_DAY, Till
from sample.cafe.till_defects import Faults
from sample.cafe.till_files import Delivery, file_name, write_rows
from sample.cafe.till_tally import Tally
from sample.source_report import Folders, SourceReport


def write_days(
    folders: Folders, days: int, seed: int, *, has_defects: bool = False, has_truth: bool = True
) -> SourceReport:
    """Write the files of this many days; see `sample.cafe.write`.

    has_defects: inject every fault of `till_defects.py`.
    """
    folders.files.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    faults = Faults(folders) if has_defects else None
    tills = [Till.of(branch, number, days, seed) for number, branch in enumerate(BRANCHES)]
    for day in range(days):
        for till in tills:
            tickets = till.day(day)
            delivery = faults.deliver(till, day, tickets) if faults else None
            if delivery is None:
                path = folders.files / file_name(till.branch.name, day)
                control = write_rows(path, day, tickets)
                answer = FileAnswer(folders.name(path), "transactions", len(tickets), control)
                delivery = Delivery([answer], tickets)
            tally.add(day, delivery)
    if faults:
        tally.answers.files += faults.finish()
        tally.answers.broken_totals = faults.broken_totals
    if has_truth:
        _write_truth(folders.truth, tills)
    answers = tally.finish()
    return SourceReport(
        "cafe",
        [folders.root / answer.file for answer in answers.files],
        sum(answer.rows for answer in answers.files),
        answers,
    )


def _write_truth(folder: Path, tills: list[Till]) -> None:
    """Write who the regulars are and which of them have really left.

    Visits count whether paid by card or in cash; the files identify customers only by card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cafe_customers.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            ["branch_name", "card_number", "mean_gap_days", "has_lapsed", "lapse_date",
             "last_visit_date", "visits"]
        )  # fmt: skip
        for till in tills:
            regulars = till.regulars
            for i, card in enumerate(regulars.card):
                has_lapsed = int(regulars.lapse_day[i]) != NEVER
                lapse = FIRST_DAY + timedelta(days=int(regulars.lapse_day[i]) if has_lapsed else 0)
                last = FIRST_DAY + timedelta(days=max(0, int(till.last_day[i])))
                writer.writerow(
                    [
                        till.branch.name,
                        card,
                        f"{regulars.gap_days[i]:.3f}",
                        int(has_lapsed),
                        lapse.isoformat() if has_lapsed else "",
                        last.isoformat() if till.visits[i] else "",
                        int(till.visits[i]),
                    ]
                )
