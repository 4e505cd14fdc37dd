"""Reasons in plain words."""

from dataclasses import dataclass

RAISES, LOWERS = "raises the risk", "lowers the risk"


@dataclass(frozen=True)
class Words:
    """How reasons speak of a feature: of a value below the middle customer's, above it, missing.

    Features of one `kind` say much the same, so a score names one of them. A missing value may say
    something of another kind: who bought on one day has no pauses between purchases.

    `risk_if_high` is what anybody expects of a high value: "raises" or "lowers", or nothing.
    """

    kind: str
    missing_kind: str
    risk_if_high: str | None
    low: str
    high: str
    missing: str

    @property
    def expected(self) -> int:
        """1 when a high value is expected to raise the risk, -1 to lower it, 0 when either."""
        return {"raises": 1, "lowers": -1}.get(self.risk_if_high or "", 0)

    @property
    def said(self) -> tuple[str, str, str]:
        """What is said of a low, a high and a missing value."""
        return self.low, self.high, self.missing


def plain_words(name: str, label: str) -> Words:
    """Words for a feature of which none are written: a kind of its own, called by its label."""
    said = (f"{label}: less than usual", f"{label}: more than usual", f"{label}: unknown")
    return Words(name, name, None, *said)
