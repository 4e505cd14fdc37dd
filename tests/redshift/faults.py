"""What a test makes go wrong, and what it counts."""

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from tests.redshift.statements import hide, kind
from tests.redshift.wire import Failure

# A conflict of transactions; the connection gone before the statement runs, or after it has run and
# before anybody hears of it; S3 that asks for patience; a statement that waits for `release`.
FaultName = Literal["serialization", "drop", "drop_after", "s3_throttle", "hold"]
SERIALIZATION = Failure(
    "XX000",
    "1023",
    "Serializable isolation violation on table - 108329, transactions forming the cycle are:"
    " 12345, 12346 (pid:4321)",
)
THROTTLED = Failure(
    "XX000",
    "S3ServiceException:Please reduce your request rate.,Status 503,Error SlowDown,"
    "Rid 8F1F1D0A0C3C4F4B,CanRetry 1",
)


@dataclass(frozen=True)
class Entry:
    """A statement that a client ran: as it was sent, its kind, the session's number, and the values
    of its parameters."""

    session: int
    kind: str
    statement: str
    values: tuple[str, ...] = ()


@dataclass
class Ledger:
    """All statements that were run, in their order."""

    entries: list[Entry] = field(default_factory=list)
    connections: int = 0

    def clear(self) -> None:
        """Forgets everything until now."""
        self.entries.clear()
        self.connections = 0

    def counts(self) -> Counter[str]:
        """How many statements of each kind: select, insert, comment, begin ..."""
        return Counter(entry.kind for entry in self.entries)

    def log(self) -> str:
        """All that a log of statements may hold: their texts and the values of their parameters."""
        return "\n".join("\n".join((e.statement, *e.values)) for e in self.entries)

    def matching(self, pattern: str) -> list[str]:
        """The statements in whose code the pattern is found."""
        found = re.compile(pattern, re.I | re.S)
        return [e.statement for e in self.entries if found.search(hide(e.statement))]


@dataclass
class _Planned:
    pattern: re.Pattern[str]
    after: int
    fault: FaultName


class Faults:
    """Faults that wait for their statement."""

    def __init__(self) -> None:
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()
        self._released = threading.Event()

    def hold(self) -> None:
        """Waits until a test lets statements go on, a minute at most."""
        self._released.wait(60)

    def release(self) -> None:
        """Lets the statements go on that wait, now and later."""
        self._released.set()

    def plan(self, at: str | int, fault: FaultName, nth: int = 1) -> None:
        """At the n-th statement with this pattern in its code, or the n-th of all from now on."""
        pattern, after = (at, nth) if isinstance(at, str) else ("", at)
        if fault == "hold":
            self._released.clear()
        with self._lock:
            self._planned.append(_Planned(re.compile(pattern, re.I | re.S), after, fault))

    def clear(self) -> None:
        """Takes back what has not happened."""
        with self._lock:
            self._planned.clear()

    @property
    def waiting(self) -> int:
        """How many have not happened yet."""
        return len(self._planned)

    def due(self, statement: str) -> FaultName | None:
        """What happens to this statement. To be asked once for each that is run."""
        due: FaultName | None = None
        code = hide(statement)
        with self._lock:
            for planned in list(self._planned):
                if planned.pattern.search(code):
                    planned.after -= 1
                    if planned.after == 0 and due is None:
                        due = planned.fault
                        self._planned.remove(planned)
        return due


def entry(session: int, statement: str, values: tuple[str, ...]) -> Entry:
    """The ledger's line for a statement."""
    return Entry(session, kind(statement), statement, values)
