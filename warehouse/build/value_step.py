"""Valuing customers as a step of the build."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ingest.loader_errors import UsageError
from warehouse.build import risk_step
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ml.lifetime_run import Valuation


def value_customers(
    settings: Settings, console: Console, *, only: Iterable[str] = (), force: bool = False
) -> list[Valuation]:
    """Values the customers of each source whose held-out days changed, and says so.

    `only` names sources. Raises UsageError for an unknown one.
    """
    from ml.lifetime_run import Valuer

    valuer = Valuer(lambda: risk_step.connect(settings), settings.prefix)
    sources, wanted = valuer.sources(), set(only)
    if unknown := sorted(wanted - {source.name for source in sources}):
        known = ", ".join(source.name for source in sources) or "none; run `warehouse build` first"
        raise UsageError(f"Unknown source: {', '.join(unknown)}. Known: {known}.")
    found = []
    for source in sources:
        if wanted and source.name not in wanted:
            continue
        began = time.monotonic()
        found.append(valuer.value(source, force))
        console.print(_told(found[-1], time.monotonic() - began), soft_wrap=True)
    return found


def _told(valuation: Valuation, seconds: float) -> Text:
    words: dict[str, str | tuple[str, str]] = {
        "valued": f"{valuation.customers:,} customers valued",
        "refused": ("not valued", "yellow"),
        "unchanged": "values unchanged",
    }
    reason = f". {valuation.reason}" if valuation.reason else ""
    title = (f"value of {valuation.source_system}", "bold")
    return Text.assemble(
        "  ", title, ": ", words[valuation.status], f" ({seconds:.1f} s)", (reason, "dim")
    )
