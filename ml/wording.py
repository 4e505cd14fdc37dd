"""Features in plain words, as reasons name them."""

# What is said of a value below and of one above that of the middle customer.
_WORDS = {
    "age": ("younger than most", "older than most"),
    "income": ("lower income than most", "higher income than most"),
    "kids_count": ("fewer children than most", "more children than most"),
    "pets_count": ("fewer pets than most", "more pets than most"),
    "siblings_count": (
        "fewer brothers and sisters than most",
        "more brothers and sisters than most",
    ),
}
RAISES, LOWERS = "raises the risk", "lowers the risk"


def feature_in_words(feature: str) -> str:
    """A feature's name without underscores."""
    return feature.replace("_", " ")


def phrases(feature: str) -> tuple[str, str, str]:
    """What is said of a low value, of a high one, and of a missing one."""
    name = feature_in_words(feature)
    low, high = _WORDS.get(feature, (f"{name} lower than usual", f"{name} higher than usual"))
    return low, high, f"{name} unknown"
