"""Reasons in plain words."""

RAISES, LOWERS = "raises the risk", "lowers the risk"


def phrases(label: str) -> tuple[str, str, str]:
    """What is said of a value below the middle customer's, of one above, and of a missing one.

    `label` is the feature in plain words, such as "days since the last purchase".
    """
    return f"{label}: less than usual", f"{label}: more than usual", f"{label}: unknown"
