"""Graphs of names: order and cycles, however long the chain."""

from volant.compiler.graph import Edges, find_cycle, preorder

LONG = 50_000


def test_the_order_is_depth_first_with_neighbours_as_given():
    graph = {"s": ["a", "b"], "a": ["c"], "b": ["c", "d"], "c": ["e"]}
    assert preorder("s", graph) == ["s", "a", "c", "e", "b", "d"]


def test_neighbours_come_in_lexicographic_order():
    edges = Edges()
    for number in range(12):
        edges.link("start-node", f"n{number}")
    assert edges.after("start-node")[:4] == ["n0", "n1", "n10", "n11"]


def test_a_cycle_is_told_as_a_path_that_ends_where_it_begins():
    graph = {"s": ["a"], "a": ["b"], "b": ["c", "d"], "c": ["a"], "d": []}
    assert find_cycle(["s"], graph.__getitem__) == ["a", "b", "c", "a"]
    assert find_cycle(["d", "c"], graph.__getitem__) == ["c", "a", "b", "c"]


def test_a_node_that_waits_for_itself_is_a_cycle():
    assert find_cycle(["a"], {"a": ["a"]}.__getitem__) == ["a", "a"]


def test_two_ways_to_one_node_are_no_cycle():
    graph = {"s": ["a", "b"], "a": ["c"], "b": ["c"], "c": []}
    assert find_cycle(["s"], graph.__getitem__) == []


def test_long_chains_need_no_deep_stack():
    chain = {str(at): [str(at + 1)] for at in range(LONG)} | {str(LONG): []}
    assert len(preorder("0", chain)) == LONG + 1
    assert find_cycle(["0"], chain.__getitem__) == []
    assert len(find_cycle(["0"], (chain | {str(LONG): ["0"]}).__getitem__)) == LONG + 2
