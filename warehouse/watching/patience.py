"""How long to wait before the next try."""

FIRST_SECONDS = 10.0
MOST_SECONDS = 600.0


class Patience:
    """Waits that double from one failure to the next; times in seconds, never set back."""

    def __init__(self, first: float = FIRST_SECONDS, most: float = MOST_SECONDS) -> None:
        self.tries_again = True  # or leaves it to the next run
        self._first, self._most = first, most
        self._wait = first
        self._until = 0.0

    def failed(self, now: float) -> float:
        """Notes a failure; returns how long to wait."""
        wait, self._until = self._wait, now + self._wait
        self._wait = min(2 * self._wait, self._most)
        return wait

    def give_time(self, now: float) -> str:
        """Notes a failure; returns what to say of the next try."""
        wait = self.failed(now)
        return f"Next try in {wait:.0f} s." if self.tries_again else "Try again later."

    def worked(self) -> None:
        """Notes a success: the next failure waits for the shortest time again."""
        self._wait, self._until = self._first, 0.0

    def is_over(self, now: float) -> bool:
        """Whether it is time for the next try."""
        return now >= self._until
