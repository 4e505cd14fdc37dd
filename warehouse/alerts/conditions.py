"""What can be wrong with the warehouse, in words that leave the house.

A condition names tables, tests, sources and counts. It names no file, because people call files
after customers, and quotes no value.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from warehouse import invocation

# The only subject of what concerns the whole warehouse.
BUILD = "build"
DATABASE = "database"


@dataclass(frozen=True)
class Kind:
    """A kind of condition: its title, what to do, and what to know when it is over. `{subject}`
    is replaced by what it is about, `{command}` for the name of the command.
    """

    title: str
    what_to_do: str
    when_over: str = ""


KINDS = {
    "database_failed": Kind(
        "The database does not work",
        "Run `{command} status` and `{command} up`; the server's log is logs/postgres.log in the "
        "home.",
    ),
    "build_failed": Kind(
        "The build failed",
        "Run `{command} build`: it names each failure, with rows where these may be shown, and "
        "resumes where it stopped. Until then readers see the last build that passed.",
    ),
    "source_held": Kind(
        "Source {subject} is held back",
        "Load a corrected file with --corrects, or remove the load with `{command} unload`, then "
        "run `{command} build`. Until then the figures of this source stay as they are.",
    ),
    "build_overdue": Kind(
        "Loaded files wait for a build",
        "See whether the job that builds runs, or run `{command} build`.",
    ),
    "build_slow": Kind(
        "The build took far longer than usual",
        "Compare the steps in ops.build_steps and the models in ops.build_nodes with those of "
        "earlier builds.",
    ),
    "load_failed": Kind(
        "Loading {subject} failed",
        "Load the files again with --check, which says what is wrong with each and writes nothing.",
        "The last load went well. Files that were refused before it are missing until they are "
        "loaded.",
    ),
    "rows_unusual": Kind(
        "The number of rows loaded into {subject} is unusual",
        "Ask who sends the files whether it is right. `{command} unload LOAD` takes a load out.",
    ),
    "source_stale": Kind(
        "No new files for source {subject}",
        "See whether the files were sent, and whether the job that loads them runs.",
    ),
}


@dataclass(frozen=True)
class Condition:
    """Something that is wrong: `what` in one or two sentences, `since` when. People are told again
    when `mark` changes.
    """

    kind: str
    subject: str
    what: str
    since: datetime
    mark: str = ""


@dataclass
class Judged:
    """What was looked at, as kind and subject (None for all subjects), and what was found wrong.
    What was looked at and is not found is over.
    """

    looked_at: list[tuple[str, str | None]] = field(default_factory=list)
    found: list[Condition] = field(default_factory=list)

    def add(self, kind: str, subject: str | None, found: Sequence[Condition]) -> None:
        """Adds what looking at one kind and subject has found."""
        self.looked_at.append((kind, subject))
        self.found += found


def title(kind: str, subject: str) -> str:
    """What the condition is called."""
    return KINDS[kind].title.format(subject=subject)


def what_to_do(kind: str) -> str:
    """The next step of whoever is told."""
    return KINDS[kind].what_to_do.format(command=invocation.command())


def when_over(kind: str) -> str:
    """What to know when the condition is over; empty if nothing."""
    return KINDS[kind].when_over


def mark_of(text: str) -> str:
    """A mark that stays the same while only the numbers of a text change."""
    return sha256(re.sub(r"\d+", "", text).encode()).hexdigest()[:16]
