"""The summary at the end of `warehouse build`: loads, results of the build, key figures."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Literal

from psycopg import sql
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingest.counts import counted
from ingest.engine.session import Rows as Found
from ingest.engine.session import Session
from ingest.foreign_text import shown
from ingest.sessions import FAILURES, is_missing
from warehouse import invocation
from warehouse.build import build_runs
from warehouse.build.build_runs import BuildRun
from warehouse.build.dbt_run import Outcome
from warehouse.build.risk_step import Report
from warehouse.settings import Settings

MOST_SOURCES = 10
BEST_PRODUCTS = 5
RISKIEST = 3
WIDE = 105
Rows = list[tuple[Any, ...]]

# From the best customers to the lost ones, with what each name means to a shopkeeper.
SEGMENTS = {
    "champion": "bought recently and often",
    "loyal": "buy often",
    "potential_loyalist": "bought recently, may become loyal",
    "new": "just made their first purchase",
    "promising": "bought recently, but only once",
    "need_attention": "average, could go either way",
    "about_to_sleep": "buy rarely, and not recently",
    "at_risk": "used to buy, but not for a long time",
    "cant_lose": "used to buy very often, then stopped",
    "hibernating": "bought rarely, and long ago",
}


def print_summary(
    connection: Session,
    settings: Settings,
    outcome: Outcome,
    console: Console,
    risks: Sequence[Report] = (),
) -> None:
    """Prints the summary; `connection` must be in autocommit mode.

    An empty or missing mart is reported as such. If there are many sources, the largest are shown.
    `risks` are the reports of the risk models.
    """
    sizes = {row[0]: row[3] for row in _loaded_rows(connection, settings)}
    console.print()
    _print_section(console, "Loaded", _loaded(connection, settings))
    _print_section(console, "Built and tested", _built(connection, settings, outcome))
    _print_section(console, "Sales", _sales(connection, settings, sizes))
    marts = settings.prefix + "marts"
    segments = _segments(connection, settings, console.width, sizes)
    _print_section(console, f"Customers by segment ({marts}.customer_rfm)", segments)
    products = _best_products(connection, settings, sizes)
    _print_section(console, f"Best products ({marts}.product_performance)", products)
    riskiest = _riskiest(connection, settings, sizes)
    _print_section(console, f"Customers at risk ({marts}.customer_risk)", riskiest)
    values = _values(connection, settings, sizes)
    _print_section(console, f"Value of customers ({marts}.customer_lifetime_value)", values)
    _print_section(console, "Risk models refused", _refused(risks))
    _print_section(console, "Risk models with drifted customers", _drifted(risks))
    _print_section(console, "Codes missing from the crosswalks", _unmapped(connection, settings))
    _print_section(console, "Connect", _connect(settings))
    _print_section(console, "Try next", _next(settings, sizes))


def print_unchanged(
    connection: Session, settings: Settings, run: BuildRun, console: Console
) -> None:
    """Says that nothing had to be built; shows the loads and how to connect."""
    console.print(
        f"Nothing new since the build of {_moment(run.finished_at)}: same files, same models, "
        "same variables. Nothing was rebuilt; --force rebuilds anyway.\n",
        highlight=False,
    )
    _print_section(console, "Loaded", _loaded(connection, settings))
    _print_section(console, "Connect", _connect(settings))


def _print_section(console: Console, title: str, body: RenderableType | None) -> None:
    if body is None:
        return
    console.print(Text(title, style="bold cyan"))
    console.print(Padding(body, (0, 0, 1, 2), expand=False))


def _largest(rows: Rows, sizes: dict[str, int], most: int = MOST_SOURCES) -> tuple[Rows, int]:
    """The rows (source first) of the largest sources, and the number of other sources.

    `sizes` is the number of loaded rows by source.
    """
    sources = sorted({row[0] for row in rows}, key=lambda source: (-sizes.get(source, 0), source))
    kept = set(sources[:most])
    return [row for row in rows if row[0] in kept], len(sources) - len(kept)


def _with_rest(body: RenderableType, more: int, settings: Settings, mart: str) -> RenderableType:
    """The body, with a line that says how many more sources there are and where to find them."""
    if not more:
        return body
    sources = counted(more, "more source")
    return Group(body, Text(f"and {sources}: {settings.prefix}marts.{mart}", style="dim"))


def _loaded_rows(connection: Session, settings: Settings) -> Rows:
    """Tables, files, rows, rejected rows and last load of each source."""
    rows = _query(
        connection,
        "select source_system, count(distinct table_name), count(*), sum(rows_loaded), "
        "sum(rows_rejected), max(finished_at) "
        "from {ops}.load_files where is_live group by source_system order by source_system",
        settings,
    )
    return rows or []


def _loaded(connection: Session, settings: Settings) -> RenderableType:
    rows = _loaded_rows(connection, settings)
    if not rows:
        return Text("Nothing yet. Load files with `warehouse load SOURCE PATH`.")
    rows, more = _largest(rows, {row[0]: row[3] for row in rows})
    table = _table("source", ">tables", ">files", ">rows", ">rejected", "last load")
    for source, tables, files, loaded, rejected, last in rows:
        kept_out = Text(f"{rejected:,}", style="yellow" if rejected else "")
        table.add_row(source, f"{tables:,}", f"{files:,}", f"{loaded:,}", kept_out, _moment(last))
    told = _with_rest(table, more, settings, "load_history")
    if any(row[4] for row in rows):
        reasons = f"Why rows were rejected: {settings.prefix}marts.rejected_rows"
        return Group(told, Text(reasons, style="dim"))
    return told


def _built(connection: Session, settings: Settings, outcome: Outcome) -> RenderableType:
    kinds = dict.fromkeys(("model", "seed", "snapshot"), 0)
    for result in outcome.results:
        if result.kind in kinds and result.status == "success":
            kinds[result.kind] += 1
    built = ", ".join(counted(count, kind) for kind, count in kinds.items() if count)
    warned = outcome.count(True, "warn")
    lines = [
        Text.assemble((f"{built or 'no models'}", "bold"), " built"),
        Text.assemble(
            (f"{outcome.count(True, 'pass'):,} tests", "bold"),
            (" passed", "green"),
            (f", {warned:,} warned" if warned else "", "yellow"),
            f", all in {_duration(outcome.seconds)}",
        ),
    ]
    weekly = build_runs.last_weekly_run(connection, settings.prefix)
    if weekly:
        lines.append(
            Text(
                f"Affinity and recommendations date from {_moment(weekly.finished_at)}", style="dim"
            )
        )
    return Group(*lines)


def _sales(connection: Session, settings: Settings, sizes: dict[str, int]) -> RenderableType:
    rows = _query(
        connection,
        "select source_system, currency_code, min(order_date), max(order_date), "
        "count(distinct store_key), sum(orders), sum(net_amount) "
        "from {marts}.sales_daily group by source_system, currency_code order by 1, 2",
        settings,
    )
    if not rows:
        return _empty(settings, "sales_daily", rows)
    rows, more = _largest(rows, sizes)
    table = _table("source", "from", "to", ">stores", ">orders", ">revenue", "")
    for source, currency, first, last, stores, orders, net in rows:
        table.add_row(
            source,
            _day(first),
            _day(last),
            f"{stores:,}",
            f"{orders:,}",
            _money(net),
            Text(shown(currency)),
        )
    return _with_rest(table, more, settings, "sales_daily")


def _segments(
    connection: Session, settings: Settings, width: int, sizes: dict[str, int]
) -> RenderableType:
    rows = _query(
        connection,
        "select source_system, rfm_segment, count(*) from {marts}.customer_rfm group by 1, 2",
        settings,
    )
    if not rows:
        return _empty(settings, "customer_rfm", rows)
    totals = Counter[str]()
    for source, _, count in rows:
        totals[source] += count
    # As many sources as fit beside the names of the segments.
    for most in range(MOST_SOURCES, 0, -1):
        shown_rows, more = _largest(rows, sizes, most)
        sources = sorted({row[0] for row in shown_rows})
        columns = (max(len(source), len(f"{totals[source]:,}")) for source in sources)
        if sum(column + 3 for column in columns) <= width - 20:
            break
    counts = {(source, segment): count for source, segment, count in shown_rows}
    has_meaning = width >= WIDE and len(sources) <= 3
    bar_width = 10 if len(sources) <= 2 else 0
    headings = ["segment"]
    for source in sources:
        headings += [f">{source}", *([""] if bar_width else [])]
    table = _table(*headings, *(["who they are"] if has_meaning else []))
    largest = {s: max(c for (source, _), c in counts.items() if source == s) for s in sources}
    for segment in [*SEGMENTS, *sorted({row[1] for row in shown_rows} - SEGMENTS.keys())]:
        cells: list[RenderableType] = [segment.replace("_", " ")]
        for source in sources:
            count = counts.get((source, segment), 0)
            cells.append(Text(f"{count:,}", style="" if count else "dim"))
            if bar_width:
                cells.append(_bar(count, largest[source], bar_width))
        if has_meaning:
            cells.append(Text(SEGMENTS.get(segment, ""), style="dim"))
        table.add_row(*cells)
    total_cells: list[RenderableType] = [Text("all", style="bold")]
    for source in sources:
        total_cells += [Text(f"{totals[source]:,}", style="bold"), *([""] if bar_width else [])]
    table.add_row(*total_cells)
    return _with_rest(table, more, settings, "customer_rfm")


def _best_products(
    connection: Session, settings: Settings, sizes: dict[str, int]
) -> RenderableType:
    rows = _query(
        connection,
        "select performance.source_system, performance.net_rank, product.product_name, "
        "coalesce(product.subcategory, product.category, 'product'), product.product_id, "
        "performance.quantity, performance.net_amount, performance.currency_code "
        "from {marts}.product_performance as performance "
        "join {core}.dim_product as product on product.product_key = performance.product_key "
        "where performance.net_rank <= %s order by 1, 8, 2",
        settings,
        [BEST_PRODUCTS],
    )
    if not rows:
        return _empty(settings, "product_performance", rows)
    rows, more = _largest(rows, sizes)
    table = _table("source", "", "product", ">sold", ">revenue", "")
    # On a narrow screen only names are shortened.
    table.columns[2].no_wrap = False
    names = Counter((row[0], row[2]) for row in rows)
    previous = None
    for source, place, given_name, kind, product_id, quantity, net, currency in rows:
        if previous not in (None, source):
            table.add_section()
        first = source if source != previous else ""
        previous = source
        if product_id is None:
            label = given_name or "no product given"
        elif given_name and names[source, given_name] == 1:
            label = given_name
        else:
            label = f"{given_name or kind} {product_id}"
        name = Text(shown(label), overflow="ellipsis", no_wrap=True)
        sold = f"{quantity:,.0f}"
        table.add_row(first, str(place), name, sold, _money(net), Text(shown(currency)))
    return _with_rest(table, more, settings, "product_performance")


def _riskiest(
    connection: Session, settings: Settings, sizes: dict[str, int]
) -> RenderableType | None:
    """The customers with the highest risk of each type, and why."""
    rows = _query(
        connection,
        "select * from (select source_system, risk_type, horizon_days, "
        "count(*) over (partition by source_system, risk_type) as customers, "
        "sum(case when has_risk then 1 else 0 end) over (partition by source_system, risk_type) "
        "as risky, row_number() over (partition by source_system, risk_type "
        "order by probability desc, customer_id) as place, "
        "customer_id, probability, reason_1, reason_2, reason_3 "
        "from {marts}.customer_risk) as ranked "
        "where place <= %s order by risk_type, source_system, place",
        settings,
        [RISKIEST],
    )
    if not rows:
        return None
    rows, more = _largest(rows, sizes)
    parts: list[RenderableType] = []
    for (source, kind, horizon, customers, risky), ranked in groupby(rows, lambda row: row[:5]):
        table = _table("customer", ">probability", "why")
        table.columns[0].min_width = 14
        table.columns[2].no_wrap = False
        for _, _, _, _, _, _, customer, probability, *given in ranked:
            reasons = "\n".join(reason for reason in given if reason is not None)
            table.add_row(
                Text(shown(customer, 14)),
                f"{probability:.1%}",
                Text(reasons.replace(" (raises the risk)", ""), overflow="fold"),
            )
        ahead = f" within {horizon} days" if horizon else ""
        heading = f"{source}: {kind}{ahead}, {risky:,} of {customers:,} at risk"
        parts += [*([Text("")] if parts else []), Text(heading), table]
    return _with_rest(Group(*parts), more, settings, "customer_risk")


def _values(
    connection: Session, settings: Settings, sizes: dict[str, int]
) -> RenderableType | None:
    """What customers will be worth in a year, and how much of it may leave with them."""
    rows = _query(
        connection,
        "select customer_value.source_system, customer_value.currency_code, count(*), "
        "sum(customer_value.expected_value_365_days), "
        "sum(customer_value.expected_value_365_days * risk.probability) "
        "from {marts}.customer_lifetime_value as customer_value "
        "left join {marts}.customer_risk as risk "
        "on risk.customer_key = customer_value.customer_key and risk.risk_type = 'churn' "
        "group by 1, 2 having sum(customer_value.expected_value_365_days) is not null order by 1",
        settings,
    )
    if not rows:
        return None
    rows, more = _largest(rows, sizes)
    table = _table("source", ">customers", ">worth in 365 days", ">of that at risk", "")
    for source, currency, customers, worth, at_risk in rows:
        table.add_row(
            source,
            f"{customers:,}",
            _money(worth),
            "" if at_risk is None else _money(at_risk),
            Text(shown(currency)),
        )
    told = _with_rest(table, more, settings, "customer_lifetime_value")
    note = "At risk: each customer's worth times the probability of churn."
    return Group(told, Text(note, style="dim"))


def _refused(risks: Sequence[Report]) -> RenderableType | None:
    lines = [
        Text.assemble((f"{report.title}: ", "bold yellow"), report.reason or "")
        for report in risks
        if report.training == "refused"
    ]
    return Group(*lines) if lines else None


def _drifted(risks: Sequence[Report]) -> RenderableType | None:
    lines = [
        Text.assemble((f"{report.title}: ", "bold yellow"), report.drift_told)
        for report in risks
        if report.drift_told
    ]
    return Group(*lines) if lines else None


def _unmapped(connection: Session, settings: Settings) -> RenderableType | None:
    found = _execute(connection, "select * from {marts}.unmapped_codes limit 6", settings)
    if found is None:
        return None
    names = [column[0] for column in found.description or ()]
    codes = [dict(zip(names, row, strict=True)) for row in found]
    if not codes:
        return None
    lines = [
        Text(
            ", ".join(f"{k} {shown(str(v))}" for k, v in code.items() if v is not None),
            style="yellow",
        )
        for code in codes[:5]
    ]
    everything = f"{settings.prefix}marts.unmapped_codes"
    lines.append(Text(f"They are counted under an unmapped member. Full list: {everything}"))
    lines += _seeds_that_decide(settings, codes)
    return Group(*lines)


def _seeds_that_decide(settings: Settings, rows: Sequence[dict[str, object]]) -> list[Text]:
    """The sources' own seeds that say how each order status affects revenue."""
    sources = sorted({str(row["source_system"]) for row in rows
                      if row["crosswalk"] == "xwalk_order_statuses"})  # fmt: skip
    seeds = [f"seeds/{source}/xwalk_{source}_order_statuses.csv" for source in sources]
    return [
        Text(f"Add missing statuses to {seed}; until then they count as sales.")
        for seed in seeds
        if (settings.project_dir / seed).is_file()
    ]


def _connect(settings: Settings) -> RenderableType:
    command = invocation.command()
    if settings.is_redshift:
        return _pairs([(f"{command} url", "URL for tools that know Redshift")])
    lines = [
        (f"{command} psql", "SQL prompt on the marts"),
        (f"{command} url --role reporter", "URL for BI tools, read-only"),
    ]
    if settings.is_embedded:
        lines.append((f"127.0.0.1:{settings.port}", "database warehouse, user reporter"))
    return _pairs(lines)


def _next(settings: Settings, sizes: dict[str, int]) -> RenderableType:
    command = invocation.command()
    question = f"table {settings.prefix}marts.customer_rfm limit 9"
    largest = max(sizes, key=lambda source: sizes[source], default="cafe")
    asks = [] if settings.is_redshift else [(f'{command} psql -c "{question}"', "")]
    return _pairs(
        [
            *asks,
            (f"{command} load {largest} FOLDER", f"load more files of {largest}"),
            (f"{command} scaffold my_shop FOLDER", "add a shop of your own"),
            (f"{command} docs", "look up tables and columns"),
            (f"{command} build", "if nothing is new, done in seconds"),
        ]
    )


def _pairs(lines: list[tuple[str, str]]) -> RenderableType:
    width = max(len(command) for command, meaning in lines if meaning)
    return Group(
        *(
            Text.assemble(
                (command.ljust(width), "bold"),
                (f"  {meaning}" if meaning else "", "dim"),
                overflow="fold",
            )
            for command, meaning in lines
        )
    )


def _query(
    connection: Session,
    query: str,
    settings: Settings,
    values: list[Any] | None = None,
) -> Rows | None:
    """Rows, or None if a table or column of the query does not exist."""
    found = _execute(connection, query, settings, values)
    return None if found is None else found.fetchall()


def _execute(
    connection: Session, query: str, settings: Settings, values: list[Any] | None = None
) -> Found | None:
    schemas = {name: sql.Identifier(settings.prefix + name) for name in ("ops", "core", "marts")}
    try:
        return connection.execute(sql.SQL(query).format(**schemas), values)
    except FAILURES as error:
        if is_missing(error):
            return None
        raise


def _empty(settings: Settings, mart: str, rows: Rows | None) -> Text:
    state = "has no rows yet" if rows is not None else "is not built yet"
    return Text(f"{settings.prefix}marts.{mart} {state}.", style="dim")


def _table(*headings: str) -> Table:
    """A table without a frame; a heading that begins with > is for a column of numbers."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="dim")
    for heading in headings:
        name = heading.removeprefix(">")
        justify: Literal["left", "right"] = "left" if name == heading else "right"
        table.add_column(name, justify=justify, no_wrap=True, min_width=len(name))
    return table


def _bar(count: int, largest: int, width: int) -> Text:
    length = round(width * count / largest) if largest else 0
    return Text("█" * max(length, 1 if count else 0), style="green")


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _moment(value: datetime) -> str:
    return value.astimezone().strftime("%Y-%m-%d %H:%M")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
