from bench.command import Node, by_kind, nodes_of

SAID = """\
Found 216 models, 10 snapshots, 535 data tests
1 of 2 OK hook: retail.on-run-start.0 ............... [OK in 0.01s]
1 of 9 START sql view model staging.stg_a ........... [RUN]
1 of 9 OK created sql view model staging.stg_a  [CREATE VIEW in 0.25s]
2 of 9 OK created sql view model staging.stg_b ...... [CREATE VIEW in 0.50s]
3 of 9 OK created sql incremental model core.fct_orders  [INSERT 0 437 in 12.00s]
4 of 9 OK loaded seed file reference.rfm_segments ... [INSERT 25 in 0.40s]
5 of 9 OK snapshotted snapshots.cafe__products ...... [INSERT 0 3 in 0.30s]
6 of 9 PASS dim_product::seen_anywhere .............. [PASS in 0.55s]
7 of 9 PASS not_null_dim_date_date_day .............. [PASS in 0.12s]
8 of 9 WARN 3 codes_are_mapped ...................... [WARN 3 in 0.13s]
9 of 9 NO-OP exposure stock_board ................... [NO-OP in 0.00s]
"""
LOG = "".join(f"02:27:45.286583 [info ] [Thread-1 (]: {line}\n" for line in SAID.splitlines())


def test_the_log_names_what_ran_by_kind_without_hooks_and_exposures() -> None:
    nodes = tuple(nodes_of(LOG))
    assert nodes[2] == Node("core.fct_orders", "incremental", 12.0)
    assert nodes[-1] == Node("codes_are_mapped", "test", 0.13)
    # The longest kind first.
    assert list(by_kind(nodes).items()) == [
        ("incremental", (1, 12.0)),
        ("view", (2, 0.75)),
        ("unit test", (1, 0.55)),
        ("seed", (1, 0.4)),
        ("snapshot", (1, 0.3)),
        ("test", (2, 0.25)),
    ]


def test_nothing_ran_where_the_log_is_empty() -> None:
    assert by_kind(nodes_of("")) == {}
