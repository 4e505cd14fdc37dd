"""What a source's generator returns."""

from dataclasses import dataclass
from pathlib import Path

from sample.answers import SourceAnswers
from warehouse.errors import WarehouseError


class SampleError(WarehouseError):
    """A sample cannot be made as requested; the message says what to do."""


@dataclass(frozen=True)
class SourceReport:
    """The files of one source, in the order for loading, and the answers.

    rows: data rows over all files, counted whether or not they must be loaded.
    """

    source: str
    files: list[Path]
    rows: int
    answers: SourceAnswers


@dataclass(frozen=True)
class SampleReport:
    """A whole sample: its folder, its options, and each source's report."""

    out: Path
    scale: float
    seed: int
    has_defects: bool
    sources: dict[str, SourceReport]

    @property
    def folders(self) -> dict[str, Path]:
        """Source name → folder of its first delivery, ready for `warehouse load`."""
        return {name: self.out / name for name in self.sources}


@dataclass(frozen=True)
class Folders:
    """Where a source writes files, late files and truth. Answers name files relative to root."""

    root: Path
    files: Path
    late: Path
    truth: Path

    def name(self, path: Path) -> str:
        """Return the path as in the answers: relative to the root, with slashes."""
        return path.relative_to(self.root).as_posix()


def folders_of(root: Path, source: str) -> Folders:
    """Return the folders of one source below a sample's root; none is created."""
    return Folders(root, root / source, root / "late" / source, root / "truth")
