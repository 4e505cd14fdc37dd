"""Days of the panel: day 1 is 2004-03-23."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

DAY_ZERO = date(2004, 3, 22)
# Monday to Sunday.
_WEEKDAY = np.array([0.89, 0.86, 0.86, 0.94, 1.16, 1.27, 1.02])


def date_of(day: int) -> date:
    """Return the calendar date of a day of the panel."""
    return DAY_ZERO + timedelta(days=day)


def week_of(day: int) -> int:
    """Return the week of the panel: (day + 8) div 7."""
    return (day + 8) // 7


def is_closed(day: int) -> bool:
    """Return whether the stores are closed: on Christmas Day."""
    on = date_of(day)
    return (on.month, on.day) == (12, 25)


def weekday_weight(days: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the demand on the weekday of each day, 1.0 on average."""
    weekday: npt.NDArray[np.float64] = _WEEKDAY[(days + DAY_ZERO.weekday()) % 7]
    return weekday


def season_weight(day: int) -> float:
    """Return the demand at this time of year, 1.0 on average.

    More before Thanksgiving and Christmas, less in the summer holidays and in January.
    """
    of_year = date_of(day).timetuple().tm_yday
    weight = 1.0 - 0.06 * float(np.exp(-(((of_year - 205) / 25) ** 2)))
    weight += 0.18 * float(np.exp(-(((of_year - 355) / 6) ** 2)))
    weight += 0.12 * float(np.exp(-(((of_year - 326) / 5) ** 2)))
    if of_year < 30:
        weight -= 0.05
    return weight


def demand(peak: int, swing: float, day: int) -> float:
    """Return the demand for goods that peak on a day of the year, 1.0 if they have no season.

    Narrow for high swings (Christmas articles sell only in December), wide for low ones.
    """
    if not peak:
        return 1.0
    distance = abs(date_of(day).timetuple().tm_yday - peak)
    distance = min(distance, 365 - distance)
    width = 60.0 if swing < 2 else 22.0
    floor = 1.0 - swing / 4 if swing < 2 else 0.05
    return floor + swing * float(np.exp(-((distance / width) ** 2)))
