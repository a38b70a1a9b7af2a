"""Matching two lists one to one so that the sum of the weights is greatest.

The Hungarian method with shortest augmenting paths (Kuhn 1955; Jonker and Volgenant,
"A shortest augmenting path algorithm", Computing 38, 1987), run per connected component,
since most pairs cannot match at all. O(n² m) for the smaller side n.
"""

from collections.abc import Mapping


Edge = tuple[int, int]
Weights = Mapping[Edge, float]
"""Positive weights of the pairs that may match; every other pair may not."""


def best_pairs(weights: Weights) -> list[Edge]:
    """Return the one-to-one pairs with the greatest sum of weights, in ascending order.

    Worked value: with ``{(0, 0): 0.6, (0, 1): 0.5, (1, 0): 0.5}`` the pairs are
    ``[(0, 1), (1, 0)]``, whose sum 1.0 beats the greedy 0.6.
    """
    pairs = [
        pair
        for component in _components(weights)
        for pair in (component if len(component) == 1 else _solve(component, weights))
    ]
    return sorted(pairs)


def _components(weights: Weights) -> list[list[Edge]]:
    """Return the edges of each connected component of the bipartite graph."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for left, right in weights:
        parent[root(("left", left))] = root(("right", right))
    groups: dict[tuple[str, int], list[Edge]] = {}
    for edge in sorted(weights):
        groups.setdefault(root(("left", edge[0])), []).append(edge)
    return list(groups.values())


def _solve(edges: list[Edge], weights: Weights) -> list[Edge]:
    lefts = sorted({left for left, _ in edges})
    rights = sorted({right for _, right in edges})
    flipped = len(lefts) > len(rights)
    rows, columns = (rights, lefts) if flipped else (lefts, rights)

    def weight(row: int, column: int) -> float:
        edge = (columns[column], rows[row]) if flipped else (rows[row], columns[column])
        return weights.get(edge, 0.0)

    costs = [[-weight(row, column) for column in range(len(columns))] for row in range(len(rows))]
    chosen = _cheapest(costs)
    pairs = [
        (columns[column], rows[row]) if flipped else (rows[row], columns[column])
        for row, column in enumerate(chosen)
    ]
    return [pair for pair in pairs if pair in weights]


def _cheapest(costs: list[list[float]]) -> list[int]:
    """Return the column of each row of the cheapest assignment; rows ≤ columns."""
    size, width = len(costs), len(costs[0])
    row_price, column_price = [0.0] * (size + 1), [0.0] * (width + 1)
    row_of = [0] * (width + 1)  # 1-based; 0 means free
    for row in range(1, size + 1):
        row_of[0] = row
        came_from = _augmenting_path(costs, row_price, column_price, row_of)
        column = came_from.pop()
        while column:
            row_of[column] = row_of[came_from[column]]
            column = came_from[column]
    answer = [0] * size
    for column in range(1, width + 1):
        if row_of[column]:
            answer[row_of[column] - 1] = column - 1
    return answer


def _augmenting_path(
    costs: list[list[float]],
    row_price: list[float],
    column_price: list[float],
    row_of: list[int],
) -> list[int]:
    """Find the cheapest way to a free column; returns predecessors, the column found last."""
    width = len(column_price) - 1
    slack = [float("inf")] * (width + 1)
    done = [False] * (width + 1)
    came_from = [0] * (width + 1)
    column = 0
    while row_of[column]:
        done[column] = True
        row, nearest, step = row_of[column], 0, float("inf")
        for other in range(1, width + 1):
            if done[other]:
                continue
            reduced = costs[row - 1][other - 1] - row_price[row] - column_price[other]
            if reduced < slack[other]:
                slack[other], came_from[other] = reduced, column
            if slack[other] < step:
                step, nearest = slack[other], other
        for other in range(width + 1):
            if done[other]:
                row_price[row_of[other]] += step
                column_price[other] -= step
            else:
                slack[other] -= step
        column = nearest
    return [*came_from, column]
