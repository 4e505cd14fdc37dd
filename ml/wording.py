"""Reasons in plain words."""

from dataclasses import dataclass

RAISES, LOWERS = "raises the risk", "lowers the risk"


@dataclass(frozen=True)
class Words:
    """How reasons describe a feature: a value below the median customer's, above it, or missing.

    Features of one `kind` mean much the same, so a score shows only one of them. A missing value
    may belong to another kind: customers who bought on one day have no pauses between purchases.

    `risk_if_high` is the effect that people expect of a high value: "raises", "lowers" or None.
    """

    kind: str
    missing_kind: str
    risk_if_high: str | None
    low: str
    high: str
    missing: str

    @property
    def expected(self) -> int:
        """1 if a high value is expected to raise the risk, -1 to lower it, 0 if either is."""
        return {"raises": 1, "lowers": -1}.get(self.risk_if_high or "", 0)

    @property
    def said(self) -> tuple[str, str, str]:
        """The wordings for a low, a high and a missing value."""
        return self.low, self.high, self.missing


def plain_words(name: str, label: str) -> Words:
    """Words for a feature without written ones: its own kind, named by its label."""
    said = (f"{label}: less than usual", f"{label}: more than usual", f"{label}: unknown")
    return Words(name, name, None, *said)
