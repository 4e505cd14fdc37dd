"""The expected results of the cafés, counted while their files are written."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from sample.answers import SourceAnswers, Totals
from sample.cafe.menu import PRODUCTS
from sample.cafe.tickets import FIRST_DAY, Ticket
from sample.cafe.till_files import Delivery


@dataclass
class Tally:
    """What is in the files that must be loaded."""

    answers: SourceAnswers = field(default_factory=SourceAnswers)
    sold: Counter[int] = field(default_factory=Counter)
    branches: dict[str, Totals] = field(default_factory=dict)
    cards: set[str] = field(default_factory=set)
    cash: int = 0

    def add(self, day: int, delivery: Delivery) -> None:
        """Count what one branch delivers for one day."""
        self.answers.files += delivery.files
        if not delivery.tickets:
            return
        totals = totals_of(delivery.tickets)
        on = (FIRST_DAY + timedelta(days=day)).isoformat()
        self.answers.by_day.setdefault(on, Totals()).add(totals)
        self.branches.setdefault(delivery.tickets[0].branch, Totals()).add(totals)
        for ticket in delivery.tickets:
            self.sold.update(ticket.products)
            self.cards.add(ticket.card)
            self.cash += not ticket.card

    def finish(self) -> SourceAnswers:
        """Return the answers with everything known at the end."""
        self.answers.table_rows["transactions"] = self.answers.totals.orders
        self.answers.facts = {
            "branches": {name: totals.as_json() for name, totals in sorted(self.branches.items())},
            "products": {PRODUCTS[p].label: count for p, count in sorted(self.sold.items())},
            "customers": len(self.cards - {""}),
            "cash_tickets": self.cash,
        }
        return self.answers


def totals_of(tickets: list[Ticket]) -> Totals:
    """Return the sums over tickets; a product repeated in a ticket is one line."""
    net = sum(sum(ticket.prices) for ticket in tickets)
    return Totals(
        orders=len(tickets),
        lines=sum(len(set(ticket.products)) for ticket in tickets),
        quantity=sum(len(ticket.products) for ticket in tickets),
        gross=net,
        net=net,
    )
