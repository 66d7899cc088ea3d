"""The structure of a state machine: its states, typed; what fields may hold is checked in `validation`."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, field

Text = str | UnsetType
Nullable = str | None | UnsetType
Count = int | str | UnsetType
"""A whole number or, in JSONata, an expression."""
JSONPATH, JSONATA = "JSONPath", "JSONata"


class _Part(
    Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True, omit_defaults=True
):
    """An object of a definition."""


class Retrier(_Part, frozen=True, kw_only=True):
    """When a failed state is tried again, and how long that waits."""

    error_equals: list[str]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | UnsetType = UNSET
    jitter_strategy: str = "NONE"
    comment: Text = UNSET


class Catcher(_Part, frozen=True, kw_only=True):
    """Where it goes on from a state that failed."""

    error_equals: list[str]
    next: str
    result_path: Nullable = UNSET
    assign: dict[str, Any] | UnsetType = UNSET
    output: Any = UNSET
    comment: Text = UNSET


class State(_Part, frozen=True, kw_only=True, tag_field="Type"):
    """What every kind of state may have."""

    comment: Text = UNSET
    query_language: Text = UNSET


class _Moving(State, frozen=True, kw_only=True):
    """A state with an input and an output."""

    input_path: Nullable = UNSET
    output_path: Nullable = UNSET
    output: Any = UNSET


class _Going(_Moving, frozen=True, kw_only=True):
    """A state that another may follow."""

    next: Text = UNSET
    end: bool = False
    assign: dict[str, Any] | UnsetType = UNSET


class _Working(_Going, frozen=True, kw_only=True):
    """A state that has a result, and may fail."""

    result_path: Nullable = UNSET
    result_selector: Any = UNSET
    retry: list[Retrier] = field(default_factory=list[Retrier])
    catch: list[Catcher] = field(default_factory=list[Catcher])


class Task(_Working, frozen=True, kw_only=True, tag="Task"):
    """Work that is done outside."""

    resource: str
    parameters: Any = UNSET
    arguments: Any = UNSET
    timeout_seconds: Count = UNSET
    timeout_seconds_path: Text = UNSET
    heartbeat_seconds: Count = UNSET
    heartbeat_seconds_path: Text = UNSET
    credentials: dict[str, Any] | UnsetType = UNSET


class Pass(_Going, frozen=True, kw_only=True, tag="Pass"):
    """A state that hands on its input, or what it is made into."""

    result: Any = UNSET
    result_path: Nullable = UNSET
    parameters: Any = UNSET


class Wait(_Going, frozen=True, kw_only=True, tag="Wait"):
    """A state that waits for a time, or until a time."""

    seconds: Count = UNSET
    seconds_path: Text = UNSET
    timestamp: Text = UNSET
    timestamp_path: Text = UNSET


class Choice(_Moving, frozen=True, kw_only=True, tag="Choice"):
    """A state that goes where the first rule that holds says."""

    choices: list[dict[str, Any]]
    default: Text = UNSET
    assign: dict[str, Any] | UnsetType = UNSET


class Succeed(_Moving, frozen=True, kw_only=True, tag="Succeed"):
    """The end of a state machine or a branch."""


class Fail(State, frozen=True, kw_only=True, tag="Fail"):
    """The end of a state machine in failure."""

    error: Text = UNSET
    error_path: Text = UNSET
    cause: Text = UNSET
    cause_path: Text = UNSET


class Machine(_Part, frozen=True, kw_only=True):
    """States, and where they start: a whole machine, a branch, or what is done with each item.

    Parameters
    ----------
    name, needs : of presage: a branch with a name may need others, by theirs; it begins when they have
        succeeded, and sees their outputs, and those of what they need, in the variable `steps`. What is done
        with each item has the name of the variable that holds the item
    """

    start_at: str
    states: dict[str, "AnyState"]
    comment: Text = UNSET
    version: str = "1.0"
    query_language: Text = UNSET
    timeout_seconds: int | UnsetType = UNSET
    processor_config: dict[str, Any] | UnsetType = UNSET
    name: Text = UNSET
    needs: list[str] = field(default_factory=list[str])


class Parallel(_Working, frozen=True, kw_only=True, tag="Parallel"):
    """Branches that are done at once."""

    branches: list[Machine]
    parameters: Any = UNSET
    arguments: Any = UNSET


class Map(_Working, frozen=True, kw_only=True, tag="Map"):
    """States that are done with each item of an array, several at once."""

    item_processor: Machine | UnsetType = UNSET
    iterator: Machine | UnsetType = UNSET
    items_path: Text = UNSET
    items: Any = UNSET
    item_selector: Any = UNSET
    parameters: Any = UNSET
    max_concurrency: Count = UNSET
    max_concurrency_path: Text = UNSET
    tolerated_failure_percentage: float | str | UnsetType = UNSET
    tolerated_failure_percentage_path: Text = UNSET
    tolerated_failure_count: Count = UNSET
    tolerated_failure_count_path: Text = UNSET
    item_batcher: dict[str, Any] | UnsetType = UNSET
    item_reader: dict[str, Any] | UnsetType = UNSET
    result_writer: dict[str, Any] | UnsetType = UNSET
    label: Text = UNSET

    @property
    def machine(self) -> Machine:
        """The states; an old definition calls them Iterator."""
        return self.iterator if isinstance(self.iterator, Machine) else self.item_processor  # pyright: ignore


AnyState = Task | Pass | Wait | Choice | Succeed | Fail | Parallel | Map
Working = Task | Parallel | Map
Going = Task | Parallel | Map | Pass | Wait


def given(value: Any) -> bool:
    """Whether a field stands in the definition."""
    return value is not UNSET
