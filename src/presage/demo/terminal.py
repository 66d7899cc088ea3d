"""The results as they read in a terminal."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .offering import OfferStory
from .retail import Applied
from .steps import Steps
from .story import Customer, Live, Metrics

METRICS = {
    "mean_reciprocal_rank_at_25": "MRR@25",
    "normalized_discounted_cumulative_gain_at_5": "NDCG@5",
    "normalized_discounted_cumulative_gain_at_10": "NDCG@10",
    "normalized_discounted_cumulative_gain_at_25": "NDCG@25",
    "precision_at_5": "Precision@5",
    "precision_at_10": "Precision@10",
    "precision_at_25": "Precision@25",
    "coverage": "Coverage",
}
"""AWS's names of the metrics, and ours for the eye."""


def show_cleaning(console: Console, cleaning: Sequence[Applied]) -> None:
    """What each rule dropped, and why."""
    table = _table("rule", "why", "lines dropped", "lines left")
    for column in table.columns[2:]:
        column.justify = "right"
    for rule in cleaning:
        left = rule.n_before - rule.n_dropped
        table.add_row(rule.name, f"[dim]{escape(rule.why)}[/]", f"{rule.n_dropped:,}", f"{left:,}")
    console.print(table)


def show_metrics(console: Console, metrics: Mapping[str, Metrics]) -> None:
    """The models side by side, the best of each metric in bold."""
    table = _table("", *metrics)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, label in METRICS.items():
        best = max(values[name] for values in metrics.values())
        cells = [(values[name], values[name] == best) for values in metrics.values()]
        table.add_row(label, *(f"[bold]{value:.4f}[/]" if top else f"{value:.4f}" for value, top in cells))
    console.print(table)


def show_first(steps: Steps, customer: Customer) -> None:
    """The first recommendations of all, and how soon they came."""
    names = ", ".join(escape(product.name) for product in customer.recommended[:5])
    seconds = sum(steps.seconds.values())
    steps.console.print(f"first recommendations, {seconds:.0f} s after the start: {names}", style="dim")


def show_customers(console: Console, customers: Sequence[Customer]) -> None:
    """What each customer bought, beside what is recommended."""
    for customer in customers:
        title = f"customer {customer.id}, {customer.country}, {customer.n_products} products"
        table = _table("bought last", "recommended", "score", "", title=title)
        for column in table.columns:
            column.no_wrap = True
        table.columns[2].justify = "right"
        table.columns[2].min_width, table.columns[3].min_width = 6, 5  # on a narrow terminal names give way
        for bought, shown in zip(customer.bought, customer.recommended, strict=False):
            score = "" if shown.score is None else f"[cyan]{shown.score:.2%}[/]"
            table.add_row(escape(bought.name), escape(shown.name), score, f"[dim]{escape(shown.note)}[/]")
        console.print(table)


def show_live(console: Console, live: Live) -> None:
    """The recommendations before and after the events."""
    told = ", ".join(escape(product.name) for product in live.told)
    console.print(f"customer {live.customer} buys, right now: [bold]{told}[/]")
    table = _table("before", "after", "")
    for before, after in list(zip(live.before, live.after, strict=False))[:10]:
        name = f"[green]{escape(after.name)}[/]" if after.kind == live.kind else escape(after.name)
        table.add_row(escape(before.name), name, live.move(after))
    console.print(table)


def show_offers(console: Console, story: OfferStory) -> None:
    """Scores before and after the multipliers, and how many shoppers would get what."""
    table = _table("offer", "worth", "mean score", "adjusted", "get it", "after adjusting")
    for column in table.columns[1:]:
        column.justify = "right"
    columns = zip(
        story.offers,
        story.multipliers,
        story.mean_score,
        story.mean_adjusted,
        story.chosen(story.scores),
        story.chosen(story.adjusted),
        strict=True,
    )
    for offer, worth, score, adjusted, before, after in columns:
        table.add_row(offer.code, f"{worth:.3f}", f"{score:.1%}", f"{adjusted:.1%}", str(before), str(after))
    console.print(table)


def _table(*columns: str, title: str | None = None) -> Table:
    return Table(
        *columns,
        title=title,
        box=None,
        header_style="dim",
        pad_edge=False,
        title_justify="left",
        title_style="bold",
    )
