"""How an allocation is explained to who buys the media: line by line, in money."""

from collections.abc import Iterable, Iterator

from rich.markup import escape
from rich.table import Table

from parution.buying.explanations import Explanation, GroupExplained, LineExplained, Rule
from parution.buying.problems import Constraint, Problem
from parution.cli.output import console
from parution.money import plain

_NAMES: dict[Constraint, str] = {
    "floor": "floor",
    "cap": "cap",
    "minimum_if_funded": "minimum",
    "step": "step",
}


def show(problem: Problem, explanation: Explanation, *, rules: bool) -> None:
    """Print the moves where there are any, and where ``rules`` are wanted each line and each group."""
    if explanation.spent_before is not None:
        _show_moves(problem, explanation)
    if not rules:
        return
    for line in explanation.lines:
        _print(line.line, _of_line(line, explanation, problem.currency))
    for group in explanation.groups:
        if group.rules:
            _print(f"group {group.group}", _of_group(group, problem.currency))
    if not explanation.complete:
        console.print("\nThe time was over before every rule was priced: --time-limit gives it more.")


def _print(name: str, sentences: Iterable[str]) -> None:
    console.print()
    console.print(f"[bold]{escape(name)}[/]", soft_wrap=True)
    for sentence in sentences:
        console.print(f"  {escape(sentence)}", soft_wrap=True)


# ------------------------------------------------------------------ lines
def _of_line(line: LineExplained, explanation: Explanation, currency: str) -> Iterator[str]:
    if line.amount:
        yield f"gets {plain(line.amount, currency)} and brings {_number(line.results)} results."
        yield from _margin(line, explanation.next_result_costs, currency)
    else:
        yield "gets nothing."
    for name in line.held_by_groups:
        yield f"Group {name} holds it, with its other lines: see there."
    for rule in line.rules:
        yield _rule(rule, currency, "it would get")
    yield from _funding(line, currency)
    if line.amount and not line.rules and not line.held_by_groups:
        yield "No rule costs results here."


def _margin(line: LineExplained, costs: float | None, currency: str) -> Iterator[str]:
    if not line.last_unit:
        yield "Its last money brings nothing more: it is there because a rule asks for it."
        return
    last = f"The last result here costs {_money(1 / line.last_unit, currency)}"
    if costs is None:
        yield f"{last}."
        return
    said = f"{last}; the next one, where it is cheapest, costs {_money(costs, currency)}"
    rules = {rule.constraint for rule in line.rules}
    if "cap" in rules:
        yield f"{said}: it would deserve more."
    elif rules & {"floor", "minimum_if_funded"}:
        yield f"{said}: it has more than it earns."
    else:
        yield f"{said}."


def _funding(line: LineExplained, currency: str) -> Iterator[str]:
    if line.best_amount is not None and line.best_result_costs is not None:
        best, each = plain(line.best_amount, currency), _money(line.best_result_costs, currency)
        yield f"At its best, with {best}, a result would cost {each} here: too dear."
    ways = []
    if line.funded_from is not None:
        ways.append(f"from a budget of {plain(line.funded_from, currency)} on")
    if line.funded_at is not None:
        ways.append(f"if it brought {line.funded_at:.3g} times what its curve says")
    if ways:
        yield f"It would be funded {', or '.join(ways)}."


def _of_group(group: GroupExplained, currency: str) -> Iterator[str]:
    yield f"Its lines get {plain(group.amount, currency)} together."
    for rule in group.rules:
        yield _rule(rule, currency, "they would get")


def _rule(rule: Rule, currency: str, would_get: str) -> str:
    name = f"Its {_NAMES[rule.constraint]} of {plain(rule.limit, currency)}"
    if rule.results is None:
        return f"{name} holds it; what it costs in all was not computed in time."
    costs = f"costs {_number(rule.results)} results a day"
    if rule.money is not None:
        money = plain(rule.money, currency) if rule.money else f"less than {plain(1, currency)}"
        costs = f"costs {money} a day ({_number(rule.results)} results)"
    without = f": without it {would_get} {plain(rule.amount_without or 0, currency)}"
    if rule.price and rule.constraint in {"floor", "cap"}:
        change = "less" if rule.constraint == "floor" else "more"
        per_unit = f"; {plain(1, currency)} {change} of it is worth {_number(rule.price)} results"
        return f"{name} {costs}{without}{per_unit}."
    return f"{name} {costs}{without}."


# ------------------------------------------------------------------ moves
def _show_moves(problem: Problem, explanation: Explanation) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("move")
    for title in ("from", "to", "change", "results"):
        table.add_column(title, justify="right")
    for move in explanation.moves:
        change = move.after - move.before
        table.add_row(
            escape(move.line),
            plain(move.before, problem.currency),
            plain(move.after, problem.currency),
            f"{'+' if change > 0 else ''}{plain(change, problem.currency)}",
            f"{move.gain:+,.6g}",
        )
    console.print()
    console.print(table)
    for sentence in _gain(problem, explanation):
        console.print(sentence, soft_wrap=True)


def _gain(problem: Problem, explanation: Explanation) -> Iterator[str]:
    if not explanation.moves:
        yield "nothing moves: what is spent now is the best split"
    gain, most, before = (
        explanation.gain or 0.0,
        explanation.gain_at_most or 0.0,
        explanation.spent_before or 0,
    )
    yield f"all moves together bring {gain:+,.6g} results; proven: no others bring more than {most:+,.6g}"
    if before != problem.budget:
        now, budget = plain(before, problem.currency), plain(problem.budget, problem.currency)
        yield f"now {now} are spent, and the budget is {budget}: a part of the difference is the money itself"


def _money(amount: float, currency: str) -> str:
    return plain(round(amount), currency)


def _number(value: float) -> str:
    return f"{value:,.4g}"
