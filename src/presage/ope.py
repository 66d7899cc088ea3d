"""`presage ope`: off-policy evaluation, what policies would have earned, from a table of decisions."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from presage.terminal import names_in, out, plain_errors

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from presage.decisions.evaluating import Logged, Value
    from presage.metrics.off_policy import Estimate

MOST_WORDS = 50
"""A column of texts has at most so many different ones: each becomes a number of its own."""
COLUMNS = ("policy", "propensity scoring", "doubly robust", "effective n")


def ope(  # noqa: PLR0917, each is a flag
    file: Annotated[Path, typer.Argument(help="CSV or Parquet: a row for each rewarded decision.")],
    action: Annotated[str, typer.Option(help="The column of what was done.")] = "action",
    reward: Annotated[str, typer.Option(help="The column of what it earned.")] = "reward",
    propensity: Annotated[str, typer.Option(help="The column of how likely it was.")] = "propensity",
    context: Annotated[str, typer.Option(help="Columns of what was known, with commas between.")] = "",
    policy: Annotated[
        list[str] | None, typer.Option(help="NAME: judge the one whose probabilities are NAME:ACTION.")
    ] = None,
    file_out: Annotated[Path | None, typer.Option("--out", help="The same figures as CSV.")] = None,
) -> None:
    """What would each action for everybody, or another policy, have earned? From a log of decisions."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # matrices are small: a second thread only waits
    with plain_errors():
        import polars as pl  # noqa: PLC0415

        rows = _read(file)
        logged, actions = _logged(rows, action, reward, propensity, names_in(context))
        targets = {name: _target(rows, name, actions) for name in policy or ()}
        values = _values(logged, actions, targets)
        table = Table(*COLUMNS, header_style="dim", box=None, pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for name, value in values.items():
            table.add_row(escape(name), *_cells(value))
        out.print(table)
        if file_out:
            pl.DataFrame([_row(name, value) for name, value in values.items() if value]).write_csv(file_out)
            out.print(f"[bold]{file_out}[/] holds the figures")


def _values(
    logged: "Logged", actions: list[str], targets: "dict[str, NDArray[np.float64]]"
) -> "dict[str, Value | None]":
    """By policy: the one that was logged, those that are given, and each action for everybody."""
    import numpy as np  # noqa: PLC0415

    from presage.decisions.evaluating import evaluate, foresee, own_value  # noqa: PLC0415

    foreseen, every = foresee(logged), np.eye(len(actions))
    always = {
        f"always {name}": np.broadcast_to(every[place], foreseen.shape) for place, name in enumerate(actions)
    }
    values = {"logging": own_value(logged.reward)}
    return values | {name: evaluate(logged, target, foreseen) for name, target in (targets | always).items()}


def _read(file: Path) -> "pl.DataFrame":
    import polars as pl  # noqa: PLC0415

    if file.suffix not in (".csv", ".parquet"):
        raise ValueError(f"{file} is neither a .csv nor a .parquet file")
    try:
        rows = pl.read_csv(file, infer_schema_length=None) if file.suffix == ".csv" else pl.read_parquet(file)
    except pl.exceptions.PolarsError as error:
        raise ValueError(f"{file} cannot be read: {str(error).splitlines()[0]}") from None
    if rows.height < 2:
        raise ValueError(f"{file} has {rows.height} rows; at least 2 are needed to tell how sure a value is")
    return rows


def _logged(
    rows: "pl.DataFrame", action: str, reward: str, propensity: str, context: list[str]
) -> "tuple[Logged, list[str]]":
    """The decisions of a table, and the names of its actions in their order."""
    import numpy as np  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    from presage.decisions.evaluating import Logged  # noqa: PLC0415

    done = _column(rows, action).cast(pl.String)
    if done.null_count():
        raise ValueError(f"{action} is empty in row {1 + int(done.is_null().arg_max() or 0)}")
    actions = done.unique().sort().to_list()
    parts = [part for name in context for part in _context(rows, name)]
    logged = Logged(
        context=np.stack(parts, axis=1) if parts else np.zeros((rows.height, 0)),
        n_actions=len(actions),
        action=np.searchsorted(np.array(actions), done.to_numpy()),
        propensity=_numbers(rows, propensity),
        reward=_numbers(rows, reward),
    )
    return logged, actions


def _target(rows: "pl.DataFrame", policy: str, actions: list[str]) -> "NDArray[np.float64]":
    """(n_rows, n_actions): a policy's probabilities; each row sums to 1."""
    import numpy as np  # noqa: PLC0415

    target = np.stack([_numbers(rows, f"{policy}:{name}") for name in actions], axis=1)
    wrong = np.flatnonzero(np.abs(target.sum(axis=1) - 1) > 1e-3)
    if len(wrong):
        row = int(wrong[0])
        raise ValueError(
            f"the probabilities of {policy} sum to {target[row].sum():.6g} in row {row + 1}, not 1"
        )
    return target


def _context(rows: "pl.DataFrame", name: str) -> "list[NDArray[np.float64]]":
    """A column of numbers as it is, one of texts as a column for each that occurs."""
    import polars as pl  # noqa: PLC0415

    column = _column(rows, name)
    if not isinstance(column.dtype, pl.String | pl.Categorical | pl.Enum):
        return [_numbers(rows, name)]
    words = column.unique().sort().to_list()
    if len(words) > MOST_WORDS:
        raise ValueError(
            f"{name} holds {len(words):,} different texts; a context column has at most {MOST_WORDS}"
        )
    return [(column == word).fill_null(value=False).cast(pl.Float64).to_numpy() for word in words]


def _numbers(rows: "pl.DataFrame", name: str) -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415
    import polars as pl  # noqa: PLC0415

    column = _column(rows, name)
    try:
        numbers = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    except pl.exceptions.PolarsError:
        raise ValueError(f"{name} holds {column[0]!r}; it must hold numbers") from None
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        raise ValueError(f"{name} is {column[int(wrong[0])]} in row {int(wrong[0]) + 1}; it must be a number")
    return numbers


def _column(rows: "pl.DataFrame", name: str) -> "pl.Series":
    if name not in rows.columns:
        raise ValueError(f"the file has no column {name!r}; it has: {', '.join(rows.columns[:50])}")
    return rows[name]


def _cells(value: "Value | None") -> tuple[str, ...]:
    if value is None:
        return "never done", "", ""
    return _told(value.snips), _told(value.doubly_robust), f"{value.effective:,.0f}"


def _told(estimate: "Estimate") -> str:
    return f"[bold]{estimate.value:.4g}[/] [dim]({estimate.low:.3g} to {estimate.high:.3g})[/]"


def _row(name: str, value: "Value") -> dict[str, object]:
    estimates = {"snips": value.snips, "doubly_robust": value.doubly_robust}
    told = {f"{key}_{end}": part for key, one in estimates.items() for end, part in one._asdict().items()}
    return {"policy": name, **told, "effective_decisions": value.effective}
