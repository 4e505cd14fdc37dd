"""The roles a column may have in the warehouse."""

import re
import unicodedata
from dataclasses import dataclass

LINES, ORDERS, CUSTOMERS, PRODUCTS, STORES = "lines", "orders", "customers", "products", "stores"
# What a role's cells must be.
ANY, TEXT, NUMBER, WHOLE, MOMENT, TIME = "any", "text", "number", "whole", "moment", "time"


@dataclass(frozen=True)
class Role:
    """A role: what it means, which tables may have it, and what its cells must be.

    The usual names of its column are in words/headers.yml.
    """

    name: str
    meaning: str
    kinds: tuple[str, ...]
    takes: str


_HEAD = (LINES, ORDERS)
_ITEM = (LINES, PRODUCTS)
_PLACE = (LINES, ORDERS, STORES)
_PERSON = (LINES, ORDERS, CUSTOMERS)

ROLES = (
    Role("order_id", "number of the order", _HEAD, ANY),
    Role("ordered_at", "day, or day and time, of the order", _HEAD, MOMENT),
    Role("order_time", "time of day of the order, if in a column of its own", _HEAD, TIME),
    Role("line_number", "number of the line within its order", (LINES,), WHOLE),
    Role("customer_id", "the customer", _PERSON, ANY),
    Role("product_id", "the product", _ITEM, ANY),
    Role("product_id_else", "the product, if product_id is empty", (LINES,), ANY),
    Role("product_name", "name of the product", _ITEM, ANY),
    Role("brand", "brand", _ITEM, ANY),
    Role("manufacturer", "manufacturer", _ITEM, ANY),
    Role("department", "highest level of the product tree", _ITEM, ANY),
    Role("category", "middle level of the product tree", _ITEM, ANY),
    Role("subcategory", "lowest level of the product tree", _ITEM, ANY),
    Role("size", "size of the product", _ITEM, ANY),
    Role("list_price", "list price", (PRODUCTS,), NUMBER),
    Role("weight_kg", "weight of one piece in kilograms", (PRODUCTS,), NUMBER),
    Role("supplier_id", "the supplier of a product", (PRODUCTS,), ANY),
    Role("store_id", "the store", _PLACE, ANY),
    Role("store_name", "name of the store", _PLACE, ANY),
    Role("store_city", "town of the store", _PLACE, ANY),
    Role("store_region", "region of the store", _PLACE, ANY),
    Role("store_country_code", "country of the store, in two letters", (STORES,), ANY),
    Role("channel", "store or online", (STORES,), ANY),
    Role("time_zone", "time zone of the store's clock", (STORES,), ANY),
    Role("employee_id", "employee who made the sale", _HEAD, ANY),
    Role("quantity", "pieces, negative when returned", (LINES,), NUMBER),
    Role("unit_price", "price of one piece before discounts", (LINES,), NUMBER),
    Role("gross_amount", "amount of the whole line before discounts", (LINES,), NUMBER),
    Role("line_amount", "amount paid for the whole line", (LINES,), NUMBER),
    Role("discount_amount", "discount on the whole line", (LINES,), NUMBER),
    Role("unit_discount", "discount on one piece", (LINES,), NUMBER),
    Role("price_unit", "number of pieces the price is for", (LINES,), NUMBER),
    Role("quantity_returned", "pieces that were returned later", (LINES,), NUMBER),
    Role("quantity_cancelled", "pieces that were cancelled", (LINES,), NUMBER),
    Role("line_refund", "refund on the line", (LINES,), NUMBER),
    Role("unit_cost", "cost of one piece to the shop", _ITEM, NUMBER),
    Role("line_type", "line type: sale, return or void", (LINES,), TEXT),
    Role("document_type", "document type: invoice, credit note, quote", (LINES,), TEXT),
    Role("debit_credit", "whether the amount is a debit or a credit", (LINES,), TEXT),
    Role("return_flag", "whether the line is a return", (LINES,), ANY),
    Role("returned_flag", "whether the line was returned later", (LINES,), ANY),
    Role("void_flag", "whether the line was cancelled", (LINES,), ANY),
    Role("test_flag", "whether the line is a test", (LINES,), ANY),
    Role("payment_method", "payment method", _HEAD, TEXT),
    Role("payment_amount", "amount of one payment", (LINES,), NUMBER),
    Role("order_status", "status of the order", _HEAD, TEXT),
    Role("line_status", "status of the line, or another status of the order", (LINES,), TEXT),
    Role("cancelled_at", "when the order was cancelled", _HEAD, ANY),
    Role("currency_code", "currency (ISO 4217)", _HEAD, TEXT),
    Role("stated_total_amount", "total stated by the order", (ORDERS,), NUMBER),
    Role("order_subtotal", "total of the lines as stated by the order", (LINES,), NUMBER),
    Role("order_discount", "discount on the whole order", (LINES,), NUMBER),
    Role("order_shipping", "shipping of the order", (LINES,), NUMBER),
    Role("order_tax", "taxes of the order", (LINES,), NUMBER),
    Role(
        "order_total",
        "amount paid as stated by the order, including shipping and taxes",
        (LINES,),
        NUMBER,
    ),
    Role("order_refund", "refund on the order", (LINES,), NUMBER),
    Role("joined_date", "day on which the customer joined", (CUSTOMERS,), MOMENT),
    Role("birth_year", "year of birth", (CUSTOMERS,), WHOLE),
    Role("customer_region", "region where the customer lives", _PERSON, ANY),
    Role("customer_segment", "the shop's own customer segment", _PERSON, ANY),
)
ROLE_NAMES = tuple(role.name for role in ROLES)
ROLE = {role.name: role for role in ROLES}
MONEY = ("quantity", "unit_price", "gross_amount", "line_amount", "discount_amount")
# Pieces of a line that are not sold in the end.
PIECES_BACK = ("quantity_returned", "quantity_cancelled")
# Roles that define the effect of lines: a sale, nothing at all, or a return.
EFFECTS_OF_LINES = ("line_type", "document_type", "line_status", "debit_credit", "return_flag",
                    "returned_flag", "void_flag", "test_flag")  # fmt: skip
OF_ORDER = ("order_subtotal", "order_discount", "order_shipping", "order_tax", "order_total",
            "order_refund")  # fmt: skip
# A column with names may also be used as the id.
_SHARED = {
    ("product_name", "product_id"), ("product_name", "product_id_else"), ("store_name", "store_id"),
}  # fmt: skip


def shares(one: str, other: str) -> bool:
    """Whether a column may play both roles."""
    return (one, other) in _SHARED or (other, one) in _SHARED


def snake(header: str) -> str:
    """A header as a column's name: `Ticket No` is ticket_no; empty when no letter is left."""
    text = header.replace("ß", "ss").replace("#", " no ").replace("%", " percent ")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
