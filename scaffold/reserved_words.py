"""Words that cannot name a column without quotes."""

_POSTGRESQL = """
    all analyse analyze and any array as asc asymmetric authorization binary both case cast
    check collate collation column concurrently constraint create cross current_catalog
    current_date current_role current_schema current_time current_timestamp current_user default
    deferrable desc distinct do else end except false fetch for foreign freeze from full grant
    group having ilike in initially inner intersect into is isnull join lateral leading left
    like limit localtime localtimestamp natural not notnull null offset on only or order outer
    overlaps placing primary references returning right select session_user similar some
    symmetric system_user table tablesample then to trailing true union unique user using
    variadic verbose when where window with
"""
# https://docs.aws.amazon.com/redshift/latest/dg/r_pg_keywords.html
_REDSHIFT_ALONE = """
    aes128 aes256 allowoverwrite az64 backup between blanksasnull bytedict bzip2 credentials
    current_user_id deflate defrag delta delta32k disable emptyasnull enable encode encrypt
    encryption explicit globaldict256 globaldict64k gzip identity ignore interval lun luns lzo
    lzop minus mostly16 mostly32 mostly8 new nulls off offline oid old open parallel partition
    percent permissions pivot raw readratio recover rejectlog resort respect restore snapshot
    sysdate system tag tdes text255 text32k timestamp top truncatecolumns type unnest unpivot
    wallet without
"""
_SYSTEM_COLUMNS = "cmax cmin ctid tableoid xmax xmin deletexid insertxid"
RESERVED_WORDS = frozenset(f"{_POSTGRESQL} {_REDSHIFT_ALONE} {_SYSTEM_COLUMNS}".split())
