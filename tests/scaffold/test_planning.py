"""What the scaffold command guesses from sample files, and what it refuses."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from sqlglot.dialects.redshift import Redshift

from ingest.tables.definition_files import read_definitions
from scaffold import Scaffold, Wishes, plan_scaffold, write_scaffold
from scaffold.cell_types import guess_type
from scaffold.personal import looks_personal
from scaffold.project_files import entities, sources_on
from scaffold.reserved_words import RESERVED_WORDS
from tests.scaffold.conftest import BAKERY
from tests.scaffold.planning import one_file, plan, roles_of
from warehouse.errors import WarehouseError
from warehouse.server import database
from warehouse.settings import Settings

HEADER = "order_id,date,product_id,quantity,price\n"


def test_a_till_export_is_understood(project_dir: Path, bakery_files: Path) -> None:
    scaffold = plan(project_dir, bakery_files)
    assert roles_of(scaffold) == {
        "order_id": "tickets.Bon No",
        "ordered_at": "tickets.Date/Time",
        "store_id": "tickets.Shop",
        "customer_id": "tickets.Loyalty Card No",
        "product_id": "tickets.Article No",
        "product_name": "tickets.Article Name",
        "category": "tickets.Product Group",
        "quantity": "tickets.Qty",
        "unit_price": "tickets.Unit Price",
        "discount_amount": "tickets.Discount",
        "payment_method": "tickets.Payment",
    }
    pii = {c.header: c.pii for c in scaffold.design.lines.columns if c.pii}
    assert pii == {
        "Loyalty Card No": "token", "Customer Name": "drop", "Phone": "drop", "Cashier": "drop",
    }  # fmt: skip
    assert "Klarna count as other" in " ".join(scaffold.look)


def test_files_of_one_shop_find_their_parts(project_dir: Path, museum_files: Path) -> None:
    scaffold = plan(project_dir, museum_files, source="museum", roles={"customer_id": "email"})
    kinds = {table.name: table.kind for table in scaffold.design.tables}
    assert kinds == {
        "orders": "orders", "order_lines": "lines", "items": "products", "branches": "stores",
        "members": "customers",
    }  # fmt: skip
    emails = [t.column("customer_id") for t in scaffold.design.tables if t.has("customer_id")]
    assert [column and (column.header, column.pii) for column in emails] == [
        ("email", "token"), ("email", "token"),
    ]  # fmt: skip


def test_what_is_written_defines_tables_and_every_entity(
    project_copy: Path, bakery_files: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "project"
    shutil.copytree(project_copy, copy)
    before = {p: p.read_bytes() for p in (copy / "models").rglob("*.*")}
    on_before = sources_on(copy)
    scaffold = plan(copy, bakery_files, source="corner_bakery", currency="EUR")
    write_scaffold(copy, scaffold)
    table = read_definitions(copy)["corner_bakery"].tables["tickets"]
    assert table.column("date_time").formats == ("%-d/%-m/%Y %-H:%M",)
    assert table.column("bon_no").name_in_files == "bon no"
    assert table.control.currency == "EUR"
    assert sources_on(copy) == [*on_before, "corner_bakery"]
    assert {p: p.read_bytes() for p in before} == before
    models = copy / "models" / "intermediate" / "corner_bakery"
    for entity in entities(copy):
        assert (models / f"int_corner_bakery__{entity}.sql").is_file()
    for path in [*models.iterdir(), *(copy / "models" / "staging" / "corner_bakery").iterdir()]:
        text = path.read_text()
        assert "TODO" not in text and text.endswith("\n") and "\n\n\n" not in text
        if path.suffix == ".sql":
            assert [line for line in text.splitlines() if len(line) > 100] == []
    told = (
        "corner_bakery already exists. To write it again, remove models/staging/corner_bakery, "
        "models/intermediate/corner_bakery, its entry in source_systems (dbt_project.yml), its "
        "lines in seeds/xwalk_payment_methods.csv."
    )
    with pytest.raises(WarehouseError, match=f"^{re.escape(told)} Or .*Nothing was written.$"):
        plan(copy, bakery_files, source="corner_bakery")
    shown = plan_scaffold(copy, "corner_bakery", (bakery_files,), Wishes(), is_only_shown=True)
    assert (shown.in_the_way, shown.look) == (told, plan(copy, bakery_files).look)
    # What is said to be removed is what was written, and nothing else.
    for path in ("models/staging", "models/intermediate"):
        shutil.rmtree(copy / path / "corner_bakery")
    for name in ("dbt_project.yml", "seeds/xwalk_payment_methods.csv"):
        shutil.copy(project_copy / name, copy / name)
    left = {p.relative_to(copy): p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    whole = {p.relative_to(project_copy) for p in project_copy.rglob("*") if p.is_file()}
    assert left == {path: (project_copy / path).read_bytes() for path in whole}
    assert plan(copy, bakery_files, source="corner_bakery").in_the_way == ""


def test_no_personal_value_is_written_or_printed(project_dir: Path, bakery_files: Path) -> None:
    scaffold = plan(project_dir, bakery_files)
    text = "\n".join(scaffold.look)
    text += "\n".join(t for p, t in scaffold.files.items() if "bakery" in str(p))
    assert not re.search("Ann|Other,|07700|Joe|Bo Else", text)


def personal_keys(scaffold: Scaffold) -> dict[str, tuple[str | None, str | None]]:
    """`pii` and `personal_values` of each column of the one table."""
    (text,) = [t for p, t in scaffold.files.items() if p.name == "_bakery__sources.yml"]
    (table,) = yaml.safe_load(text)["sources"][0]["tables"]
    metas = {c["name"]: c.get("config", {}).get("meta", {}) for c in table["columns"]}
    return {name: (m.get("pii"), m.get("personal_values")) for name, m in metas.items()}


def test_values_decide_what_the_loader_does_with_them(project_dir: Path, tmp_path: Path) -> None:
    """A plain customer's id, remarks of which one holds an address, a status without any."""
    text = HEADER.replace("\n", ",customer,remark,status\n")
    text += "1,2024-01-01,p,1,2,C-7,mail ann@reed.example,paid\n2,2024-01-02,p,1,2,C-8,,paid\n"
    path = one_file(tmp_path, text)
    found = personal_keys(plan(project_dir, path))
    assert found["customer"] == (None, "token")
    assert found["remark"] == ("drop", None)
    assert found["status"] == found["quantity"] == (None, None)
    # What the user keeps is kept by the loader, too.
    kept = personal_keys(plan(project_dir, path, keep=("customer", "remark")))
    assert kept["customer"] == kept["remark"] == (None, "keep")


@pytest.mark.parametrize("name", ["cafe", "ops", "marts", "Bakery", "b__c", "1st", "a", "x" * 30])
def test_a_name_that_cannot_be_is_refused(project_dir: Path, bakery_files: Path, name: str) -> None:
    with pytest.raises(WarehouseError, match=r"cannot name a source|already exists"):
        plan(project_dir, bakery_files, source=name)


@pytest.mark.parametrize(
    ("cells", "data_type", "form"),
    [
        (["1", "25", ""], "bigint", ()),
        (["007", "12"], "varchar(256)", ()),
        (["1.5", "-2.2500"], "numeric(18,4)", ()),
        (["1.23456"], "double precision", ()),
        (["1,5"], "varchar(256)", ()),
        (["$1.50", "(2.00)", "3.00-"], "numeric(18,4)", ()),
        (["2 pcs", "1 pcs"], "numeric(18,4)", ()),
        (["true", "false"], "boolean", ()),
        (["2024-03-31", "2024-04-01"], "date", ()),
        (["2024-03-31 10:00", "2024-03-31"], "timestamp", ()),
        (["31/03/2024", "01/04/2024"], "date", ("%d/%m/%Y",)),
        (["3/31/2024 1:05 PM", "12/1/2024 11:00 AM"], "timestamp", ("%-m/%-d/%Y %-I:%M %p",)),
        (["12/1/2010 8:26", "1/13/2011 14:00"], "timestamp", ("%-m/%-d/%Y %-H:%M",)),
        (["31.03.24"], "date", ("%d.%m.%y",)),
        (["2024/03/31 08:00:01"], "timestamp", ("%Y/%m/%d %H:%M:%S",)),
        (["2024-03-31T10:00:00Z"], "timestamp", ()),
        (["2024-03-01 23:30:00 -0500"], "timestamp", ()),
        (["1-Mar-24", "15-Apr-24"], "date", ("%-d-%b-%y",)),
        (["September 24, 2026", "May 1, 2026"], "date", ("%b %-d, %Y",)),
        (["2024年3月1日"], "date", ("%Y年%-m月%-d日",)),
        (["9:05 PM", "12:15 AM"], "varchar(8)", ("%-I:%M %p",)),
        (["31/31/2024"], "varchar(256)", ()),
    ],
)
def test_types_are_guessed_from_all_cells(
    cells: list[str], data_type: str, form: tuple[str, ...]
) -> None:
    found = guess_type(cells)
    assert (found.data_type, found.formats) == (data_type, form)


def test_days_and_months_in_doubt_are_said(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, HEADER + "1,03/04/2024,p,1,2\n")
    assert "dates are ambiguous; read day first. --month-first changes it" in " ".join(
        plan(project_dir, path).look
    )
    assert guess_type(["03/04/2024"]).formats == ("%d/%m/%Y",)
    assert guess_type(["03/04/2024"], first="month").formats == ("%m/%d/%Y",)
    assert guess_type(["03/04/2024", "01/13/2024"]).formats == ("%m/%d/%Y",)


@pytest.mark.parametrize(
    ("name", "cell", "what"),
    [
        ("e_mail", "x", "e-mail address"),
        ("contact", "ann@example.com", "e-mail address"),
        ("billing_address", "x", "address"),
        ("note", "4539578763621486", "card or account number"),
        ("note", "4539578763621487", None),
        ("mobile_no", "x", "telephone number"),
        ("cashier", "x", "name of a person"),
        ("product_name", "x", None),
        ("name", "x", None),
        ("city", "x", None),
    ],
)
def test_personal_columns_are_known_by_name_or_cells(
    name: str, cell: str, what: str | None
) -> None:
    assert looks_personal(name, [cell]) == what
    assert looks_personal("name", ["x"], is_about_people=True) == "name of a person"


def test_what_is_to_be_kept_is_kept(project_dir: Path, bakery_files: Path) -> None:
    kept = plan(project_dir, bakery_files, keep=("Loyalty Card No", "phone"))
    assert {c.header for c in kept.design.lines.columns if c.pii} == {"Customer Name", "Cashier"}


@pytest.mark.parametrize(
    ("discounts", "form"), [(["0.2", "0.1"], "share"), (["5.00", "0.10"], "amount")]
)
def test_shares_are_no_amounts(
    tmp_path: Path, project_dir: Path, discounts: list[str], form: str
) -> None:
    rows = "".join(f"{i},2024-01-01,p,2,99.5,{d}\n" for i, d in enumerate(discounts))
    path = one_file(tmp_path, HEADER.replace("\n", ",discount\n") + rows)
    scaffold = plan(project_dir, path)
    assert scaffold.design.lines_reading.discount == form
    assert ("is read as a share" in " ".join(scaffold.look)) == (form == "share")


@pytest.mark.parametrize(
    ("text", "wishes", "message"),
    [
        ("a,b\n1,2\n", {}, "sales has no known column for an order's number and .*found: a, b"),
        (HEADER.replace(",price", "") + "1,2024-01-01,p,2\n", {}, "no known column for the price"),
        (
            HEADER + "1,1 Maybe 24,p,2,3\n",
            {},
            r"date should be the ordered_at, but 1 of 1 cell is no date, such as `1 Maybe 24`",
        ),
        (
            HEADER + "1,2024-01-01,p,2,3\n2,2024-01-01,p,x3,3\n",
            {},
            r"quantity should be the quantity, but 1 of 2 .* such as `x3` \(sales.csv line 3\)",
        ),
        (HEADER + "1,2024-01-01,p,2,3\n", {"roles": {"order_id": "nix"}}, "unknown column"),
        (HEADER + "1,2024-01-01,p,2,3\n", {"roles": {"orderid": "price"}}, "unknown role"),
        (HEADER + "1,2024-01-01,p,2,3\n", {"keep": ("nix",)}, "--keep nix: unknown column"),
        (HEADER, {}, "has a header and no rows"),
        (HEADER + "1,2\n", {}, "has a header and no rows"),
        ("a;b;c\n1;2;3\n", {}, "sales has no known column for .* found: a, b, c"),
        ("a,a\n1,2\n", {}, "repeats 'a'"),
        ("1,2024-01-01\n1,2\n", {}, "not a header; say --no-header"),
        ("", {}, "empty file"),
    ],
)
def test_a_fault_is_one_clear_sentence(
    tmp_path: Path, project_dir: Path, text: str, wishes: dict[str, object], message: str
) -> None:
    with pytest.raises(WarehouseError, match=message):
        plan(project_dir, one_file(tmp_path, text), **wishes)


def test_a_file_without_header_goes_by_position(tmp_path: Path, project_dir: Path) -> None:
    path = one_file(tmp_path, "A1,2024-01-01,mug,2,9.50\nA2,2024-01-02,cup,1,3.00\n")
    roles = {"order_id": "column_1", "ordered_at": "column_2", "product_id": "column_3",
             "quantity": "column_4", "unit_price": "column_5"}  # fmt: skip
    scaffold = plan(project_dir, path, has_header=False, roles=roles)
    assert scaffold.design.lines.sample.row_count == 2
    (sources,) = [text for file, text in scaffold.files.items() if "__sources" in str(file)]
    assert "header: false" in sources


def test_reserved_words_are_renamed_and_stay_in_files(tmp_path: Path, project_dir: Path) -> None:
    header = "Article Code,Description,Group,Order,load_id,Select\n"
    lines = one_file(tmp_path, HEADER + "1,2024-01-01,A1,2,9.50\n")
    articles = one_file(tmp_path, header + "A1,Rye loaf,Bread,7,5,x\n", "articles.csv")
    scaffold = plan(project_dir, lines, articles)
    (table,) = [table for table in scaffold.design.tables if table.name == "articles"]
    assert [column.name for column in table.columns] == [
        "article_code", "description", "group_column", "order_column", "load_id_column",
        "select_column",
    ]  # fmt: skip
    (sources,) = [text for file, text in scaffold.files.items() if "__sources" in str(file)]
    assert 'header: "Group"' in sources and 'header: "Select"' in sources


def test_every_word_of_sql_can_be_a_header(
    tmp_path: Path, project_dir: Path, embedded: Settings
) -> None:
    with database.connect(embedded) as connection:
        words = [row[0] for row in connection.execute("select word from pg_get_keywords()")]
        words += ["ctid", "xmin", "tableoid"]
        rows = f"{HEADER.strip()},{','.join(words)}\n1,2024-01-01,A1,2,9.50{',' * len(words)}\n"
        lines = plan(project_dir, one_file(tmp_path, rows)).design.lines
        names = [column.name for column in lines.columns]
        assert len(set(names)) == len(words) + 5
        columns = ", ".join(f"{name} varchar(1)" for name in names)
        connection.execute(f"create temporary table words ({columns})".encode())
        connection.execute(f"select {', '.join(names)} from words".encode())


def test_words_reserved_in_redshift_are_known() -> None:
    documented = {word.strip() for word in Redshift.Generator.RESERVED_KEYWORDS}
    assert {"aes128", "tag", "snapshot", "percent"} <= documented <= RESERVED_WORDS


def test_like_files_are_one_table(tmp_path: Path, project_dir: Path) -> None:
    for month in ("01", "02"):
        one_file(tmp_path, HEADER + f"{month},2024-{month}-01,p,1,2\n", f"till_2024-{month}.csv")
    (table,) = plan(project_dir, tmp_path).design.tables
    assert (table.name, table.sample.row_count) == ("till", 2)


def test_the_command_teaches_and_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bakery_files: Path, project_dir: Path
) -> None:
    from warehouse.cli import cli

    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "home"))
    settings = Settings.from_environment()
    answer = CliRunner().invoke(cli, ["scaffold", "--help"])
    assert answer.exit_code == 0 and "--map" in answer.output and "keyed token" in answer.output
    arguments = ["scaffold", "bakery", str(bakery_files), "--currency", "EUR", "--check"]
    answer = CliRunner().invoke(cli, arguments, obj=settings)
    assert answer.exit_code == 0 and "Nothing was written" in answer.output
    assert not (project_dir / "models" / "staging" / "bakery").exists()
    # A source that exists is shown as well.
    arguments[1] = "standard"
    answer = CliRunner().invoke(cli, arguments, obj=settings)
    assert answer.exit_code == 0
    assert (
        "Nothing was written. standard already exists. To write it again, remove" in answer.output
    )
    assert BAKERY.splitlines()[1].split(",")[4] not in answer.output


def test_a_folder_without_files_is_named(tmp_path: Path, project_dir: Path) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "_SUCCESS").touch()
    with pytest.raises(WarehouseError, match=r"/exports has no file. Put .*CSV.* Parquet"):
        plan(project_dir, tmp_path / "exports")


@pytest.mark.parametrize("command", [".venv/bin/warehouse", "warehouse"])
def test_next_steps_can_be_typed_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bakery_files: Path, project_copy: Path,
    command: str,
) -> None:  # fmt: skip
    from warehouse.cli import cli

    copy = tmp_path / "project"
    shutil.copytree(project_copy, copy)
    monkeypatch.setenv("WAREHOUSE_HOME", str(tmp_path / "home"))
    (tmp_path / command).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / command).touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    settings = replace(Settings.from_environment(), project_dir=copy)
    monkeypatch.setattr(Settings, "from_environment", lambda: settings)
    given = ["scaffold", "corner", str(bakery_files)]
    told = CliRunner().invoke(cli, [*given, "--currency", "EUR"]).output
    load = f"{command} load corner {bakery_files}"
    assert told.endswith(f"Next:\n  {load} --check\n  {load}\n  {command} build\n")
    asked = CliRunner().invoke(cli, [*given[:1], "other", *given[2:]]).output
    assert f"Nothing was written. Answer: {command} " in asked
