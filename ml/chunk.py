"""Some rows of numbers and texts, as models read them."""

from dataclasses import dataclass

from ml.calibration import Floats

CHUNK_ROWS = 50_000


@dataclass(frozen=True)
class Chunk:
    """Some rows: `values` (n, p) with nan for null, and `texts`, n of each text column."""

    values: Floats
    texts: list[list[str]]

    def __len__(self) -> int:
        return len(self.values)
