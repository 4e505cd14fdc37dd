"""Unit tests of a new source's models, with values worked out by hand."""

from collections.abc import Sequence
from typing import Any

from scaffold.column_roles import PIECES_BACK
from scaffold.design import Design
from scaffold.line_sql import LineSql
from scaffold.source_definition import has_own_line_numbers
from scaffold.staging import Staged
from scaffold.statuses import crosswalk_name
from scaffold.yaml_text import Inline, Quoted, yaml_file

Entry = dict[str, Any]


class UnitTests:
    """Writes the unit tests of a design."""

    def __init__(self, design: Design, sql: LineSql, staged: list[Staged]) -> None:
        self._design = design
        self._sql = sql
        self._staged = {item.name for item in staged}
        self._source = design.source

    def text(self) -> str:
        """The text of _<source>__unit_tests.yml."""
        tests = [self._signs(), self._numbers()]
        if self._sql.to_spread is not None:
            tests.append(self._spread())
        if self._design.orders_reading.refunds == "given back":
            tests.append(self._refund())
        back = self._design.given_back
        if back.has_pieces or back.has_amounts:
            tests.append(self._given_back())
        if "order_status" in self._design.effects and self._design.header is self._design.lines:
            tests.append(self._void())
        return yaml_file("unit_tests", tests)

    def _signs(self) -> Entry:
        """3 × 2.50 = 7.50, less 0.75 is 6.75; 2 × 10 given back, less 1, is −19."""
        has_discount = self._has_discount
        sold, back = self._line(3, "7.50", "6.75", "0.75"), self._line(-2, "20", "19", "1")
        given = [Inline(order_id="sold", **sold), Inline(order_id="returned", **back)]
        pieces = (3, -2) if "given_quantity" in self._staged else (1, -1)
        off = ("0.75", "-1") if has_discount else ("0", "0")
        net = ("6.75", "-19") if has_discount else ("7.50", "-20")
        expected = [
            Inline(order_id=name, line_type=kind, quantity=count, gross_amount=_number(gross),
                   discount_amount=_number(less), net_amount=_number(paid))
            for name, kind, count, gross, less, paid in zip(
                ("sold", "returned"), ("sale", "return"), pieces, ("7.50", "-20"), off, net,
                strict=True)
        ]  # fmt: skip
        text = "Sold positive, returned negative. "
        text += (
            "7.50 less 0.75 is 6.75; of 20 given back, 1 had been taken off."
            if has_discount
            else "Nothing is taken off: 7.50 is paid, 20 is given back."
        )
        return self._test("signs_of_returns", text, "priced_lines", self._inputs(given), expected)

    def _given_back(self) -> Entry:
        """Of 3 × 2.50, a third is given back: 5.00 remain, or 6.75 less 2.25 is 4.50."""
        has_pieces = self._design.given_back.has_pieces
        net = "4.50" if self._has_discount else "5.00"
        sold = self._line(3, "7.50", "6.75", "0.75")
        if has_pieces:
            role = next(role for role in PIECES_BACK if role in self._staged)
            sold[role] = 1
        else:
            refund = "2.25" if self._has_discount else "2.50"
            sold["line_refund"] = _number(refund)
        given = [Inline(order_id="sold", **sold)]
        off = _number("0.50" if self._has_discount else "0")
        pieces = (2 if has_pieces else 3) if "given_quantity" in self._staged else 1
        kept = Inline(order_id="sold", line_type="sale", is_void=False, quantity=pieces,
                      gross_amount=5, discount_amount=off, net_amount=_number(net))  # fmt: skip
        text = "A third of what was sold for 7.50 is given back."
        return self._test("given_back", text, "priced_lines", self._inputs(given), [kept])

    @property
    def _has_discount(self) -> bool:
        reading = self._design.lines_reading
        return reading.discount is not None or (reading.is_net_stated and reading.gross != "net")

    def _line(self, count: int, gross: str, net: str, off: str) -> Entry:
        """A staged line of so many pieces, with the amounts as the files write them."""
        reading = self._design.lines_reading
        sign = "-" if count < 0 else ""
        found: Entry = {}
        if "given_quantity" in self._staged:
            found["given_quantity"] = count
        if "unit_price" in self._staged:
            found["unit_price"] = _number("2.50" if count == 3 else "10")
        if "given_gross_amount" in self._staged:
            found["given_gross_amount"] = _number(sign + gross)
        if "given_amount" in self._staged:
            paid = net if self._has_discount else gross
            found["given_amount"] = _number(sign + paid)
        if "given_discount_amount" in self._staged:
            minus = "-" if reading.is_discount_negative else ""
            found["given_discount_amount"] = _number(minus + off)
        if "given_discount_share" in self._staged:
            found["given_discount_share"] = _number("0.1" if count == 3 else "0.05")
        if "given_discount_percentage" in self._staged:
            found["given_discount_percentage"] = _number("10" if count == 3 else "5")
        return found

    def _inputs(self, rows: Sequence[Entry], **others: list[Entry]) -> list[Entry]:
        """The inputs of the model of priced lines."""
        design, source = self._design, self._source
        if design.price_from_master:
            for row in rows:
                row["product_id"] = "mug" if row["order_id"] == "sold" else "desk"
        found = [_input(f"stg_{source}__{design.lines.name}", rows)]
        if design.price_from_master:
            products = next(t for t in design.tables if t.kind == "products")
            found.append(_input(f"stg_{source}__{products.name}", [
                Inline(product_id="mug", list_price=_number("2.50"), load_id=1, file_line=2),
                Inline(product_id="desk", list_price=10, load_id=1, file_line=3),
            ]))  # fmt: skip
        is_own = design.header is design.lines
        if not is_own and ("order_status" in design.effects or design.header.has("cancelled_at")):
            found.append(_input(f"stg_{source}__{design.header.name}", others.get("orders", [])))
        found += [
            _input(crosswalk_name(source, role), others.get(role, [])) for role in design.effects
        ]
        return found

    def _numbers(self) -> Entry:
        has_own = has_own_line_numbers(self._design.lines)
        if has_own:
            text = (
                "Order a: the second file repeats line 2, so it has the whole order. Order b has a "
                "line without number: its lines are numbered by position."
            )
            rows = [("a", 1, 2, 1), ("a", 1, 3, 2), ("a", 2, 2, 2), ("b", 1, 4, None),
                    ("b", 1, 5, 7)]  # fmt: skip
            expected = [("a", 2, 1, 2), ("b", 1, 1, 1), ("b", 2, 2, 1)]
        else:
            text = (
                "Load 1 holds the newer file: it has the whole of order a, though load 2 came "
                "later. Lines are numbered by their place in the file."
            )
            rows = [("a", 2, 2, None), ("a", 1, 3, None), ("a", 1, 4, None), ("b", 2, 4, None)]
            expected = [("a", 1, 1, 1), ("a", 2, 2, 1), ("b", 1, 1, 2)]
        given = []
        for order, load, line, number in rows:
            row = Inline(order_id=order, load_id=load, file_line=line)
            row |= {"given_line_number": number} if has_own else {}
            row |= {"unit_price": 1} if self._design.price_from_master else {}
            given.append(row)
        inputs = self._inputs_of_numbered(given)
        return self._test("lines_are_numbered", text, "numbered_lines", inputs,
                          [Inline(order_id=o, line_number=n, position=p, load_id=load)
                           for o, n, p, load in expected])  # fmt: skip

    def _inputs_of_numbered(self, rows: Sequence[Entry]) -> list[Entry]:
        """Priced lines, and the files that they are from: that of load 1 is the newer."""
        again = None if has_own_line_numbers(self._design.lines) else "newest"
        files = [
            Inline(load_id=load, order_again=again, file_order=f"{day} {day}T09:00 {load}")
            for load, day in ((1, "2024-05-03"), (2, "2024-05-02"))
        ]
        rejected = [Inline(load_id=1, order_id="another")]
        return [_input(f"int_{self._source}__priced_lines", rows),
                _input("stg_ops__load_files", files),
                _input("stg_ops__rejected_orders", rejected)]  # fmt: skip

    def _spread(self) -> Entry:
        """10.00 off three lines of 10.00: 3.34, 3.33 and 3.33."""
        reading = self._design.orders_reading
        given = []
        for number in (1, 2, 3):
            row = Inline(order_id="a", line_number=number, position=number, quantity=1,
                         gross_amount=10, discount_amount=0, net_amount=10, lines_amount=30,
                         line_type="sale")  # fmt: skip
            given.append(row | self._amounts_of_order(reading.stated, 20, 10))
        expected = [
            Inline(line_number=number, discount_amount=_number(off), net_amount=_number(net))
            for number, off, net in ((1, "3.34", "6.66"), (2, "3.33", "6.67"), (3, "3.33", "6.67"))
        ]
        text = "10.00 off three lines of 10.00: not a cent is lost."
        inputs = [_input(f"int_{self._source}__numbered_lines", given)]
        return self._test("discount_is_spread", text, "order_lines", inputs, expected)

    def _refund(self) -> Entry:
        reading = self._design.orders_reading
        row = Inline(order_id="a", line_number=1, position=1, quantity=3, gross_amount=30,
                     discount_amount=0, net_amount=30, lines_amount=30, line_type="sale",
                     order_refund_amount=10)  # fmt: skip
        row |= self._amounts_of_order(reading.stated, 30, 0)
        expected = [
            Inline(line_number=1, line_type="sale", quantity=3, net_amount=30),
            Inline(line_number=-1, line_type="return", quantity=0, net_amount=-10),
        ]
        text = "30.00 were sold, 10.00 given back."
        inputs = [_input(f"int_{self._source}__numbered_lines", [row])]
        return self._test("refund_is_a_return", text, "order_lines", inputs, expected)

    def _amounts_of_order(self, stated: str | None, paid: int, off: int) -> Entry:
        """Columns of an order whose lines of 30 cost `paid`, with so much taken off."""
        found: Entry = {}
        names = set(self._sql.order_amounts)
        if "order_discount_amount" in names:
            found["order_discount_amount"] = off
        if "order_subtotal_amount" in names:
            is_before = stated == "subtotal less discount"
            found["order_subtotal_amount"] = paid + off if is_before else paid
        if "order_total_amount" in names:
            shipping = 4 if "order_shipping_amount" in names else 0
            tax = 2 if "order_tax_amount" in names else 0
            is_with = {"total": 0, "total less shipping": shipping, "total less tax": tax}
            found["order_total_amount"] = paid + is_with.get(stated or "", shipping + tax)
            found |= {"order_shipping_amount": shipping} if shipping else {}
            found |= {"order_tax_amount": tax} if tax else {}
        return found

    def _void(self) -> Entry:
        given = [
            Inline(order_id="called off", load_id=1, file_line=2, line_type="sale", is_void=True,
                   net_amount=5),
            Inline(order_id="given back", load_id=1, file_line=3, line_type="return", is_void=True,
                   net_amount=-5),
            Inline(order_id="paid", load_id=1, file_line=4, line_type="sale", is_void=False,
                   net_amount=5),
        ]  # fmt: skip
        if self._design.price_from_master:
            given = [Inline(row | {"unit_price": 5}) for row in given]
        expected = [Inline(order_id="called off", line_type="void"),
                    Inline(order_id="given back", line_type="return"),
                    Inline(order_id="paid", line_type="sale")]  # fmt: skip
        text = "What was called off is void; what gives money back counts whatever its status."
        inputs = self._inputs_of_numbered(given)
        return self._test("called_off_is_void", text, "numbered_lines", inputs, expected)

    def _test(
        self, name: str, text: str, model: str, given: Sequence[Entry], expected: Sequence[Entry]
    ) -> Entry:
        return {
            "name": f"{self._source}_{name}",
            "description": text,
            "model": f"int_{self._source}__{model}",
            "config": {"enabled": Quoted(f"{{{{ '{self._source}' in var('source_systems') }}}}")},
            "given": list(given),
            "expect": {"rows": [Inline(row) for row in expected]},
        }


def _input(model: str, rows: Sequence[Entry]) -> Entry:
    return {"input": f"ref('{model}')", "rows": [Inline(row) for row in rows]}


def _number(text: str) -> float:
    return float(text)
