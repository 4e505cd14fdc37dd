"""The parts a column may play in the warehouse, and which column plays which."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from warehouse.scaffold.cell_types import CellType

LINES, ORDERS, CUSTOMERS, PRODUCTS, STORES = "lines", "orders", "customers", "products", "stores"


@dataclass(frozen=True)
class Role:
    """A part: what it means, which tables may hold it, and the usual names of its column.

    Names are compared without case, blanks and punctuation; the first that is found wins.
    """

    name: str
    meaning: str
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    takes: Callable[[CellType], bool]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _any(kind: CellType) -> bool:
    return kind.data_type != "double precision"


def _text(kind: CellType) -> bool:
    return kind.data_type.startswith("varchar") or kind.data_type == "bigint"


def _number(kind: CellType) -> bool:
    return kind.is_number


def _whole(kind: CellType) -> bool:
    return kind.data_type == "bigint"


def _moment(kind: CellType) -> bool:
    return kind.is_moment


def _time(kind: CellType) -> bool:
    return kind.is_time


_HEAD = (LINES, ORDERS)
_ITEM = (LINES, PRODUCTS)
_PLACE = (LINES, ORDERS, STORES)
_PERSON = (LINES, ORDERS, CUSTOMERS)

ROLES = (
    Role("order_id", "number of the order", _HEAD, _words(
        "orderid orderno ordernumber ordernr order invoiceno invoiceid invoicenumber invoice"
        " ticketno ticketid ticketnumber ticket transactionid transactionno transactionnumber"
        " transaction receiptno receiptid receiptnumber receipt basketid basket saleid salesid"
        " saleno billno billid billnumber bill checkno checknumber cartid documentno docno"
        " bonno bonnr bon belegnr belegnummer auftragsnummer bestellnummer"), _any),
    Role("ordered_at", "day, or day and time, of the order", _HEAD, _words(
        "orderedat orderdatetime orderdate ordertimestamp orderpurchasetimestamp invoicedate"
        " invoicedatetime transactiondatetime transactiondate transactionat saledate salesdate"
        " saledatetime soldat soldon receiptdate ticketdate purchasedate purchasedat datetime"
        " timestamp date createdat createddate created day datum"), _moment),
    Role("order_time", "time of day of the order, where it stands apart", _HEAD, _words(
        "ordertime saletime salestime transactiontime invoicetime tickettime receipttime time"
        " timeofday uhrzeit"), _time),
    Role("line_number", "number of the line within its order", (LINES,), _words(
        "linenumber lineno linenum linenr line position itemnumberinorder seq sequence"
        " orderitemid orderlinenumber"), _whole),
    Role("customer_id", "the customer", _PERSON, _words(
        "customerid customerno customernumber customercode custid custno custnumber memberid"
        " memberno membernumber membershipid membershipno clientid clientno loyaltyid loyaltyno"
        " loyaltynumber loyaltycard loyaltycardno cardtoken householdkey shopperid userid buyerid"
        " customer client member guestid kundennr kundennummer"), _any),
    Role("product_id", "the product", _ITEM, _words(
        "productid productno productcode productnumber productsku sku skuno skucode skuid stockcode"
        " itemid itemcode itemno itemnumber articleid articleno articlenumber articlecode article"
        " upc ean gtin barcode plu materialno variantid product item productname itemname"
        " artikelnr artikelnummer"), _any),
    Role("product_name", "what the product is called", _ITEM, _words(
        "productname productdescription producttitle itemname itemdescription articlename"
        " description title name product item bezeichnung"), _any),
    Role("brand", "brand", _ITEM, _words("brand brandname marke"), _any),
    Role("manufacturer", "manufacturer", _ITEM, _words(
        "manufacturer manufacturername maker vendor"), _any),
    Role("department", "highest level of the product tree", _ITEM, _words(
        "department productdepartment division"), _any),
    Role("category", "middle level of the product tree", _ITEM, _words(
        "category productcategory categoryname productgroup itemgroup articlegroup"
        " productline itemcategory warengruppe"), _any),
    Role("subcategory", "lowest level of the product tree", _ITEM, _words(
        "subcategory productsubcategory subcategoryname"), _any),
    Role("size", "size of the product", _ITEM, _words("size productsize packsize"), _any),
    Role("list_price", "price in the list", (PRODUCTS,), _words(
        "listprice retailprice price unitprice rrp msrp salesprice"), _number),
    Role("weight_kg", "weight of one piece in kilograms", (PRODUCTS,), _words(
        "weightkg weightinkg"), _number),
    Role("supplier_id", "the supplier of a product", (PRODUCTS,), _words(
        "supplierid supplierno suppliercode vendorid"), _any),
    Role("store_id", "the store", _PLACE, _words(
        "storeid storeno storenumber storecode branchid branchno branchcode shopid shopno outletid"
        " siteid locationid store branch shop outlet location site storename branchname shopname"
        " filiale"), _any),
    Role("store_name", "name of the store", _PLACE, _words(
        "storename branchname shopname outletname name"), _any),
    Role("store_city", "town of the store", _PLACE, _words(
        "storecity branchcity shopcity city town"), _any),
    Role("store_region", "region of the store", _PLACE, _words(
        "storeregion storestate branchregion region state county province"), _any),
    Role("store_country_code", "country of the store, in two letters", (STORES,), _words(
        "countrycode country storecountry"), _any),
    Role("channel", "store or online", (STORES,), _words("channel"), _any),
    Role("time_zone", "time zone of the store's clock", (STORES,), _words("timezone tz"), _any),
    Role("employee_id", "who sold", _HEAD, _words(
        "employeeid employeeno staffid staffno cashierid clerkid salespersonid sellerid"), _any),
    Role("quantity", "pieces, negative when returned", (LINES,), _words(
        "quantity qty units unitssold pieces orderquantity orderqty quantityordered itemquantity"
        " menge anzahl"), _number),
    Role("unit_price", "price of one piece before discounts", (LINES,), _words(
        "unitprice price priceeach itemprice sellingprice salesprice pricepaid einzelpreis"),
        _number),
    Role("line_amount", "what was paid for the whole line", (LINES,), _words(
        "lineamount linetotal linenet netamount netsales netvalue salesamount salesvalue sales"
        " extendedprice subtotal totalprice totalamount totalsales amount total revenue value"
        " betrag umsatz"), _number),
    Role("discount_amount", "discount on the whole line", (LINES,), _words(
        "discountamount linediscount discountvalue totaldiscount discount reduction rebate rabatt"),
        _number),
    Role("unit_cost", "what one piece costs the shop", _ITEM, _words(
        "unitcost costprice costperunit itemcost purchaseprice cost"), _number),
    Role("line_type", "sale, return, void, exchange or gift", (LINES,), _words(
        "linetype saletype salestype transactiontype type"), _text),
    Role("payment_method", "way of paying", _HEAD, _words(
        "paymentmethod paymenttype paymentmode paymethod payment tender tendertype paidby"
        " zahlungsart"), _text),
    Role("order_status", "status of the order", _HEAD, _words(
        "orderstatus status orderstate"), _text),
    Role("currency_code", "currency (ISO 4217)", _HEAD, _words(
        "currencycode currency curr isocurrency waehrung"), _text),
    Role("stated_total_amount", "the total that the order itself states", (ORDERS,), _words(
        "totalamount ordertotal totalprice grandtotal total amount invoicetotal nettotal"),
        _number),
    Role("joined_date", "day on which the customer joined", (CUSTOMERS,), _words(
        "joineddate joineddate joindate joinedat signupdate signedupat registrationdate"
        " registeredat registered customersince membersince createdat created since"), _moment),
    Role("birth_year", "year of birth", (CUSTOMERS,), _words("birthyear yearofbirth"), _whole),
    Role("customer_region", "region the customer lives in", _PERSON, _words(
        "customerregion customerstate customercountry region state county province country"),
        _any),
    Role("customer_segment", "the shop's own customer segment", _PERSON, _words(
        "customersegment segment tier loyaltytier statustier customertype membertype"), _any),
)  # fmt: skip
ROLE_NAMES = tuple(role.name for role in ROLES)
ROLE = {role.name: role for role in ROLES}
# Roles that a table of lines or orders plays only under a name that leaves no doubt whose they are.
_ONLY_QUALIFIED = {"store_city", "store_region", "customer_region"}
# A column that names a thing may stand for its id as well.
_SHARED = {"product_name": "product_id", "store_name": "store_id"}
_LINE_TYPES = {"sale", "return", "void", "exchange", "gift"}


def snake(header: str) -> str:
    """A header as a column's name: `Ticket No` is ticket_no; empty when no letter is left."""
    text = header.replace("ß", "ss").replace("#", " no ").replace("%", " percent ")
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", text)
    text = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def plain(name: str) -> str:
    """A name in lower case, without blanks and punctuation."""
    return snake(name).replace("_", "")


def best_column(
    role: Role, kind: str, names: list[str], types: list[CellType], cells: list[list[str]]
) -> int | None:
    """Index of the column that plays the role in a table of that kind, or None.

    `names` are headers, `types` and `cells` what stands under each.
    """
    found = [plain(name) for name in names]
    for wanted in role.names:
        if role.name in _ONLY_QUALIFIED and kind in (LINES, ORDERS) and _is_bare(wanted):
            continue
        for index, name in enumerate(found):
            if name == wanted and role.takes(types[index]) and _fits(role, cells[index], name):
                return index
    return None


def shares(one: str, other: str) -> bool:
    """Whether a column may play both roles."""
    return _SHARED.get(one) == other or _SHARED.get(other) == one


def _is_bare(name: str) -> bool:
    return not name.startswith(("store", "branch", "shop", "customer"))


def _fits(role: Role, cells: list[str], name: str) -> bool:
    """Whether the cells, too, are what the role stands for."""
    values = {cell.strip() for cell in cells if cell.strip()}
    if role.name == "line_type":
        return bool(values) and values <= _LINE_TYPES
    if role.name == "channel":
        return values <= {"store", "online"}
    if role.name == "currency_code":
        return all(re.fullmatch("[A-Z]{3}", value) for value in values)
    if role.name == "store_country_code":
        return all(re.fullmatch("[A-Z]{2}", value) for value in values)
    if role.name in ("payment_method", "order_status"):
        return len(values) <= 50
    if role.name == "discount_amount":
        return not re.search("percent|pct|rate", name)
    return True
