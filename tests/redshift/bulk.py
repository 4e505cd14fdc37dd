"""COPY and UNLOAD with Parquet files on S3, in the client's transaction."""

import io
import json
import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from botocore.exceptions import ClientError

from tests.redshift.refusals import SYNTAX
from tests.redshift.rewriting import rewrite
from tests.redshift.statements import hide, split
from tests.redshift.wire import Behind, Column, Failure

_TEXT = r"('(?:[^'\\]|\\.|'')*')"
_ROLE = re.compile(
    r"(arn:aws:iam::\d{12}:role/[\w+=,.@/-]+)(,arn:aws:iam::\d{12}:role/[\w+=,.@/-]+)*$"
)
_KEYS = re.compile(r"aws_access_key_id=[^;]+;aws_secret_access_key=[^;]+(;token=[^;]+)?$")
# What may stand behind the address, texts as dots.
_CLAUSES = (
    r"format\s+(as\s+)?parquet\b",
    r"iam_role\s+(default\b|'\.*')",
    r"credentials\s+(as\s+)?'\.*'",
    r"(access_key_id|secret_access_key|session_token|region)\s+(as\s+)?'\.*'",
    r"manifest\b(\s+verbose\b)?",
)
_FLAGS = {
    "copy": (r"(statupdate|compupdate)\b(\s+(on|off|true|false)\b)?",),
    "unload": (
        r"parallel\b(\s+(on|off|true|false)\b)?",
        r"allowoverwrite\b",
        r"cleanpath\b",
        r"(encrypted\b|kms_key_id\s+(as\s+)?'\.*')",
        r"(maxfilesize|rowgroupsize)\s+(as\s+)?[\d.]+\s*[mg]b\b",
    ),
}
# Two slices, as a small cluster has.
_SLICES = 2


class LoadError(Exception):
    """A COPY that a file makes fail: what goes into sys_load_error_detail."""

    def __init__(self, file: str, code: int, message: str, column: str = "", line: int = 0):
        super().__init__(message)
        self.file, self.code, self.column, self.line = file, code, column, line

    def as_failure(self) -> Failure:
        """What the client hears."""
        return Failure(
            "XX000",
            "Spectrum Scan Error" if self.code != 15003 else str(self),
            f"\n  -----------------------------------------------\n  error:  Spectrum Scan Error\n"
            f"  code:      {self.code}\n  context:   {self}\n",
        )


@dataclass(frozen=True)
class Target:
    """A column to be filled: its name, PostgreSQL's name of its type, its bytes or digits."""

    name: str
    type_name: str
    modifier: int
    not_null: bool


@dataclass(frozen=True)
class Command:
    """A COPY or UNLOAD: its table or query, columns, address on S3, and the options it names."""

    subject: str
    columns: tuple[str, ...]
    address: str
    options: str

    def has(self, option: str) -> bool:
        """Whether an option is named, and not switched off."""
        return self._switch(option) not in (None, "off")

    def has_off(self, option: str) -> bool:
        """Whether an option is switched off."""
        return self._switch(option) == "off"

    def _switch(self, option: str) -> str | None:
        code = hide(self.options).lower()
        found = re.search(rf"\b{option}\b(?:\s+(?:as\s+)?(off|false))?", code)
        return found and ("off" if found[1] else "on")


def read_command(statement: str) -> Command:
    """Takes a COPY or UNLOAD apart. Raises Failure where it is not one that Redshift knows."""
    statement = statement.strip().rstrip(";")
    statement = re.sub(r"^(\s|--[^\n]*\n|/\*.*?\*/)+", "", statement, flags=re.S)
    unload = re.match(
        rf"unload\s*\(\s*(?:{_TEXT}|\$(\w*)\$(.*?)\$\2\$)\s*\)\s*to\s+{_TEXT}(.*)",
        statement,
        re.I | re.S,
    )
    copy = re.match(
        rf"copy\s+([\w.\"#]+)\s*(?:\(([^()]*)\))?\s*from\s+{_TEXT}(.*)", statement, re.I | re.S
    )
    if unload:
        query = _value(unload[1]) if unload[1] else unload[3]
        command = Command(query, (), _value(unload[4]), unload[5])
    elif copy:
        columns = [name.strip().strip('"') for name in (copy[2] or "").split(",") if name.strip()]
        command = Command(copy[1], tuple(columns), _value(copy[3]), copy[4])
    else:
        raise Failure(SYNTAX, f'syntax error at or near "{statement.split()[0]}"')
    if not command.address.startswith("s3://"):
        raise Failure("0A000", "The stand-in reads and writes S3 alone")
    if not re.search(r"\bformat\s+(?:as\s+)?parquet\b", command.options, re.I):
        raise Failure("0A000", "The stand-in reads and writes Parquet alone")
    _require_credentials(command.options)
    left = hide(command.options).lower()
    for option in (*_CLAUSES, *_FLAGS["unload" if unload else "copy"]):
        left = re.sub(rf"\b{option}", " ", left)
    if left.split():
        raise Failure(SYNTAX, f'syntax error at or near "{left.split()[0]}"')
    return command


def _value(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1].replace("''", "'"), flags=re.S)


def _require_credentials(options: str) -> None:
    role = re.search(rf"\biam_role\s+(?:(default)\b|{_TEXT})", options, re.I)
    given = re.search(rf"\bcredentials\s+(?:as\s+)?{_TEXT}", options, re.I)
    if role and (role[1] or _ROLE.match(_value(role[2]))):
        return
    if given and (
        _KEYS.match(_value(given[1]))
        or (_value(given[1]).startswith("aws_iam_role=") and _ROLE.match(_value(given[1])[13:]))
    ):
        return
    if re.search(r"\baccess_key_id\s+'[^']+'\s+secret_access_key\s+'[^']+'", options, re.I):
        return
    raise Failure(
        "XX000",
        "CREDENTIALS argument is not supported when loading from file system"
        if not (role or given)
        else "Invalid credentials. Must be of the format: credentials"
        " 'aws_iam_role=...' or 'aws_access_key_id=...;aws_secret_access_key=...[;token=...]'",
    )


def copy(behind: Behind, s3: Any, statement: str) -> int:
    """Runs a COPY and returns the number of rows. Raises Failure or LoadError."""
    command = read_command(statement)
    targets = _targets(behind, command)
    files = _listed(s3, command)
    rows, loaded = bytearray(), 0
    for address, content in files:
        table = _checked(address, _parquet(address, content), targets)
        rows += _as_csv(table)
        loaded += table.num_rows
    names = ", ".join('"' + target.name.replace('"', '""') + '"' for target in targets)
    if loaded:
        behind.ask(f"copy {command.subject} ({names}) from stdin with (format csv)", bytes(rows))
    return loaded


def _targets(behind: Behind, command: Command) -> list[Target]:
    relation = command.subject.replace("'", "''")
    # Without a list, COPY leaves identity columns to Redshift.
    which = "true" if command.columns else "attidentity = ''"
    known = behind.ask(
        "select attname, pg_catalog.format_type(atttypid, null), atttypmod, attnotnull"
        f" from pg_catalog.pg_attribute where attrelid = '{relation}'::pg_catalog.regclass"
        " and attnum > 0 and not attisdropped and attgenerated = ''"
        f" and {which} order by attnum"
    ).rows
    targets = [Target(n, t, int(m), b == "t") for n, t, m, b in known]
    if not command.columns:
        return targets
    by_name = {target.name: target for target in targets}
    for name in command.columns:
        if name.lower() not in by_name:
            raise Failure(
                "42703", f'column "{name}" of relation "{command.subject}" does not exist'
            )
    return [by_name[name.lower()] for name in command.columns]


def _listed(s3: Any, command: Command) -> list[tuple[str, bytes]]:
    """The files to load: those of the manifest, or all whose names begin as the address does."""
    if not command.has("manifest"):
        bucket, prefix = _place(command.address)
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        if not found:
            raise Failure("XX000", f"The specified S3 prefix '{prefix}' does not exist")
        addresses = [f"s3://{bucket}/{entry['Key']}" for entry in found]
        return [(address, _content(s3, address)) for address in addresses]
    try:
        entries = json.loads(_content(s3, command.address))["entries"]
        addresses = [entry["url"] for entry in entries]
    except (ValueError, KeyError, TypeError):
        raise Failure(
            "XX000", f"Manifest file is not in correct json format - {command.address}"
        ) from None
    files = []
    for entry, address in zip(entries, addresses, strict=True):
        if "content_length" not in entry.get("meta", {}):
            raise LoadError(address, 15003, "File entry does not have 'meta' key.")
        try:
            content = _content(s3, address)
        except Failure:
            if entry.get("mandatory", False):
                raise
            continue
        if entry["meta"]["content_length"] != len(content):
            raise LoadError(
                address, 15001,
                "File size does not match the content_length of the manifest."
                f" Manifest: {entry['meta']['content_length']}, File: {len(content)},"
                f" File name: {_web_address(address)}",
            )  # fmt: skip
        files.append((address, content))
    return files


def _place(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def _web_address(address: str) -> str:
    return "https://s3.us-east-1.amazonaws.com/" + address.removeprefix("s3://")


def _content(s3: Any, address: str) -> bytes:
    bucket, key = _place(address)
    try:
        return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ClientError as error:
        told = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        raise Failure(
            "XX000",
            f"S3ServiceException:{told.get('Message', '')},Status {status},Error {told['Code']},"
            f"Key {key}",
        ) from None


def _parquet(address: str, content: bytes) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(content))
    except pa.ArrowInvalid:
        context = f"File '{_web_address(address)}' has an invalid version number"
        raise LoadError(address, 15001, context) from None


def _checked(address: str, table: pa.Table, targets: list[Target]) -> pa.Table:
    """Columns go by position. Raises LoadError where a file does not fit the table."""
    where = f"File name: {_web_address(address)}"
    if table.num_columns != len(targets):
        raise LoadError(
            address, 15007,
            "Unmatched number of columns between table and file."
            f" Table columns: {len(targets)}, Data columns: {table.num_columns}, {where}",
        )  # fmt: skip
    for target, column in zip(targets, table.columns, strict=True):
        if not _fits(target, column.type):
            raise LoadError(
                address, 15001,
                f"File '{_web_address(address)}' has an incompatible Parquet schema for column"
                f" '{target.name}'. Column type: {target.type_name}, Parquet schema: {column.type}",
                target.name,
            )  # fmt: skip
        if target.not_null and column.null_count:
            line = pc.index(pc.is_null(column), True).as_py() + 1
            raise LoadError(
                address,
                15001,
                f"Column '{target.name}' is not nullable. {where}",
                target.name,
                line,
            )
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            longest = pc.max(pc.binary_length(column)).as_py() or 0
            limit = target.modifier - 4 if target.modifier > 4 else 65535
            if longest > limit:
                too_long = pc.greater(pc.binary_length(column), limit)
                raise LoadError(
                    address, 15001,
                    f"The length of the data column {target.name} is longer than the length defined"
                    f" in the table. Table: {limit}, Data: {longest}, {where}",
                    target.name,
                    pc.index(too_long, True).as_py() + 1,
                )  # fmt: skip
    return table


def _fits(target: Target, found: pa.DataType) -> bool:
    name, kinds = target.type_name, pa.types
    if name in ("smallint", "integer", "bigint"):
        bits = {"smallint": 16, "integer": 32, "bigint": 64}[name]
        return kinds.is_signed_integer(found) and found.bit_width == bits
    if name == "numeric":
        precision, scale = ((target.modifier - 4) >> 16) & 0xFFFF, (target.modifier - 4) & 0x7FF
        return kinds.is_decimal(found) and (found.precision, found.scale) == (precision, scale)
    if name.startswith("timestamp"):
        return bool(kinds.is_timestamp(found))
    tests = {
        "character varying": lambda t: kinds.is_string(t) or kinds.is_large_string(t),
        "character": kinds.is_string,
        "date": kinds.is_date32,
        "boolean": kinds.is_boolean,
        "double precision": kinds.is_float64,
        "real": kinds.is_float32,
    }
    return name in tests and bool(tests[name](found))


def _as_csv(table: pa.Table) -> bytes:
    """Nulls are empty there, texts are quoted, the empty one too."""
    out = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False)
    pyarrow.csv.write_csv(table, out, options)
    return out.getvalue()


def unload(behind: Behind, s3: Any, statement: str) -> int:
    """Runs an UNLOAD and returns the number of rows. Raises Failure. What it wrote stays."""
    command = read_command(statement)
    query = rewrite(command.subject)
    if len(split(query)) != 1:
        raise Failure(SYNTAX, 'syntax error at or near ";"')
    if re.search(r"\blimit\s+\d+\s*$", hide(query), re.I):
        raise Failure("0A000", "Limit clause is not supported")
    bucket, prefix = _place(command.address)
    there = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    if there and not command.has("allowoverwrite") and not command.has("cleanpath"):
        raise Failure(
            "XX000",
            "Specified unload destination on S3 is not empty. Consider using a different bucket"
            " / prefix, manually removing the target files in S3, or using the ALLOWOVERWRITE"
            " option.",
        )
    if command.has("cleanpath"):
        for entry in there:
            s3.delete_object(Bucket=bucket, Key=entry["Key"])
    columns = behind.ask(f"select * from ({query}) as unloaded limit 0").columns
    text = behind.ask(f"copy ({query}) to stdout with (format csv)").rows[0][0] or ""
    table = _from_csv(text.encode(), columns)
    entries = []
    is_parallel = not command.has_off("parallel")
    for number, part in enumerate(_parts(table, is_parallel)):
        name = f"{number:04d}_part_00.parquet" if is_parallel else f"{number:03d}.parquet"
        out = io.BytesIO()
        pq.write_table(part, out)
        s3.put_object(Bucket=bucket, Key=prefix + name, Body=out.getvalue())
        entries.append({
            "url": f"s3://{bucket}/{prefix}{name}",
            "meta": {"content_length": len(out.getvalue()), "record_count": part.num_rows},
        })  # fmt: skip
    if command.has("manifest"):
        written = json.dumps({"entries": entries})
        s3.put_object(Bucket=bucket, Key=f"{prefix}manifest", Body=written.encode())
    return int(table.num_rows)


def _parts(table: pa.Table, is_parallel: bool) -> list[pa.Table]:
    """One file for each slice that has rows. Without rows Redshift writes one empty file."""
    if not is_parallel or table.num_rows < _SLICES:
        return [table]
    half = (table.num_rows + 1) // _SLICES
    return [table.slice(0, half), table.slice(half)]


def _from_csv(text: bytes, columns: list[Column]) -> pa.Table:
    types = [_arrow_type(column) for column in columns]
    names = [column.name for column in columns]
    schema = pa.schema(list(zip(names, types, strict=True)))
    if not text:
        return schema.empty_table()
    places = [f"c{number}" for number in range(len(names))]
    table = pyarrow.csv.read_csv(
        io.BytesIO(text),
        read_options=pyarrow.csv.ReadOptions(column_names=places, block_size=1 << 26),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict(zip(places, types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    return table.rename_columns(names)


def _arrow_type(column: Column) -> pa.DataType:
    if column.type_oid == 1700:
        if column.modifier < 4:
            return pa.decimal128(38, 10)
        digits = column.modifier - 4
        return pa.decimal128(digits >> 16 & 0xFFFF, digits & 0x7FF)
    return {
        16: pa.bool_(), 20: pa.int64(), 21: pa.int16(), 23: pa.int32(), 700: pa.float32(),
        701: pa.float64(), 1082: pa.date32(), 1114: pa.timestamp("us"),
        1184: pa.timestamp("us", tz="UTC"),
    }.get(column.type_oid, pa.string())  # fmt: skip
