"""Whether a number is far outside of what is usual."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# The last observations that count; with fewer than FEWEST nothing is usual yet.
WINDOW = 30
FEWEST = 8
_DEVIATIONS = 5.0
# Makes the median absolute deviation of a normal distribution its standard deviation.
_MAD_TO_DEVIATION = 1.4826
_LEAST_FACTOR = 2.0


@dataclass(frozen=True)
class Range:
    """What is usual: the median of earlier observations, and how low and high they may be."""

    median: float
    low: float
    high: float


def usual_range(earlier: Sequence[float], least_distance: float) -> Range | None:
    """The usual range of the last WINDOW observations, none of them negative; None with fewer than
    FEWEST.

    Its ends are five robust standard deviations from the median, measured on logarithms, because
    counts and times vary by a factor; at least a factor of two and `least_distance`; and no
    observation is outside. (Median absolute deviation: Hampel 1974.)
    """
    last = list(earlier)[-WINDOW:]
    if len(last) < FEWEST:
        return None
    logs = [math.log1p(value) for value in last]
    middle = median(logs)
    deviation = _MAD_TO_DEVIATION * median(abs(value - middle) for value in logs)
    width = max(_DEVIATIONS * deviation, math.log(_LEAST_FACTOR))
    center = math.expm1(middle)
    return Range(
        center,
        max(0.0, min(*last, math.expm1(middle - width), center - least_distance)),
        max(*last, math.expm1(middle + width), center + least_distance),
    )
