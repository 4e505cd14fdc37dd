"""Reasons in plain words."""

from dataclasses import dataclass

RAISES, LOWERS = "raises the risk", "lowers the risk"


@dataclass(frozen=True)
class Words:
    """How reasons speak of a feature: of a value below the middle customer's, above it, missing.

    Features of one `kind` say much the same, so a score names one of them. A missing value may say
    something of another kind: who bought on one day has no pauses between purchases.
    """

    kind: str
    missing_kind: str
    low: str
    high: str
    missing: str

    @property
    def said(self) -> tuple[str, str, str]:
        """What is said of a low, a high and a missing value."""
        return self.low, self.high, self.missing


def plain_words(name: str, label: str) -> Words:
    """Words for a feature of which none are written: a kind of its own, called by its label."""
    return Words(
        name, name, f"{label}: less than usual", f"{label}: more than usual", f"{label}: unknown"
    )
