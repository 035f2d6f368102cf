"""Solve one problem document with one peer: `python solve.py slsqp < problem.json`.

Runs where the peers are installed, and knows nothing of Parution. Prints the amounts, in fractions of minor
units as the peer gives them, and the seconds of the call alone.
"""

import json
import sys
from time import perf_counter
from typing import Any

import numpy as np  # type: ignore[import-not-found, unused-ignore]

TANGENTS = 40

# What the lines have, each as an array: ceilings, half spends, slopes, caps, minimums.
type Lines = Any
type Solved = tuple[Any, float] | None


def slsqp(lines: Lines, budget: int) -> Solved:
    """SciPy as PyMC-Marketing 1.3.0 calls it: total / N to start, scaled only where the gradient is steep."""
    from scipy.optimize import minimize  # type: ignore[import-not-found, import-untyped, unused-ignore]  # noqa: PLC0415 (only this one needs it)

    v, k, s, cap, _ = lines
    start = np.full(len(v), budget / len(v))

    def slope(x: Any) -> Any:
        x = np.maximum(x, 1e-9)
        return -v * s * k**s * x ** (s - 1) / (k**s + x**s) ** 2

    steepest = np.abs(slope(start)).max()
    scale = steepest if steepest > 1 else 1.0
    began = perf_counter()
    found = minimize(
        lambda x: -results(x, v, k, s).sum() / scale,
        start,
        jac=lambda x: slope(x) / scale,
        method="SLSQP",
        bounds=[(0.0, most) for most in cap],
        constraints=[{"type": "eq", "fun": lambda x: x.sum() - budget, "jac": np.ones_like}],
        options={"ftol": 1e-9, "maxiter": 1000},
    )
    return found.x, perf_counter() - began


def clarabel(lines: Lines, budget: int) -> Solved:
    """A conic program: right for hills of slope 1, which alone are concave."""
    import cvxpy  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 (the same)

    v, k, s, cap, minimum = lines
    if (s != 1).any() or (minimum > 0).any():
        return None
    began = perf_counter()
    x = cvxpy.Variable(len(v), nonneg=True)
    brings = cvxpy.sum(cvxpy.multiply(v, 1 - cvxpy.inv_pos(1 + cvxpy.multiply(1 / k, x))))
    program = cvxpy.Problem(cvxpy.Maximize(brings), [x <= cap, cvxpy.sum(x) <= budget])
    program.solve(solver=cvxpy.CLARABEL)
    return x.value, perf_counter() - began


def highs(lines: Lines, budget: int) -> Solved:
    """A mixed-integer program: a line is off, or on between its knee and its cap below tangents there."""
    import highspy  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 (the same)

    v, k, s, cap, minimum = lines
    count = len(v)
    cap = np.minimum(cap, budget)
    began = perf_counter()
    # From 0 a hill's tangent touches where (x / k)^s = s - 1.
    least = np.minimum(np.maximum(k * np.maximum(s - 1, 0) ** (1 / s), minimum), cap)
    switched = (s > 1) | (minimum > 0)
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)  # noqa: FBT003 (its own interface)
    solver.setOptionValue("mip_rel_gap", 1e-6)
    solver.setOptionValue("time_limit", 20.0)
    zero, one = np.zeros(count), np.ones(count)
    # Columns: the spends, the results, and whether a line is on.
    solver.addVars(3 * count, np.concatenate([zero, zero, zero]), np.concatenate([cap, v, one]))
    number = np.arange(count, dtype=np.int32)
    solver.changeColsCost(count, count + number, -one)
    solver.changeColsIntegrality(
        int(switched.sum()),
        (2 * count + number)[switched],
        np.full(int(switched.sum()), highspy.HighsVarType.kInteger),
    )
    starts: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    uppers: list[float] = []

    def below(upper: float, row: list[tuple[int, float]]) -> None:
        starts.append(len(columns))
        uppers.append(upper)
        for column, value in row:
            columns.append(column)
            values.append(value)

    below(budget, [(n, 1.0) for n in range(count)])
    for n in range(count):
        below(0.0, [(n, 1.0), (2 * count + n, -cap[n])])
        below(0.0, [(n, -1.0), (2 * count + n, least[n])])
        for at in np.geomspace(max(least[n], k[n] / 1000), max(cap[n], least[n] + 1), TANGENTS):
            height, slope = value_and_slope(at, v[n], k[n], s[n])
            below(0.0, [(count + n, 1.0), (n, -slope), (2 * count + n, slope * at - height)])
    solver.addRows(
        len(uppers),
        np.full(len(uppers), -highspy.kHighsInf),
        np.array(uppers),
        len(columns),
        np.array(starts, dtype=np.int32),
        np.array(columns, dtype=np.int32),
        np.array(values),
    )
    solver.run()
    return np.array(solver.getSolution().col_value[:count]), perf_counter() - began


def results(x: Any, v: Any, k: Any, s: Any) -> Any:
    x = np.maximum(x, 0)
    return v * x**s / (k**s + x**s)


def value_and_slope(x: float, v: float, k: float, s: float) -> tuple[float, float]:
    return v * x**s / (k**s + x**s), v * s * k**s * x ** (s - 1) / (k**s + x**s) ** 2


def main() -> None:
    problem = json.load(sys.stdin)
    facts = [
        (
            line["response"]["ceiling"],
            line["response"]["half_spend"],
            line["response"].get("slope", 1.0),
            line["cap"],
            line.get("minimum_if_funded", 0),
        )
        for line in problem["lines"]
    ]
    lines = np.array(facts, dtype=float).T
    found = {"slsqp": slsqp, "clarabel": clarabel, "highs": highs}[sys.argv[1]](lines, problem["budget"])
    print(json.dumps(found and {"amounts": list(found[0]), "seconds": found[1]}))


if __name__ == "__main__":
    main()
