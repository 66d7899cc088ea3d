"""Every metric by name: what it says, in what unit, and of what."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """What can be read, shown and watched.

    Parameters
    ----------
    text : what it says
    labels : what tells its subjects apart
    counts : whether it only ever grows, as what Prometheus calls a counter does
    is_local : whether each server reads its own alone
    """

    text: str
    labels: tuple[str, ...] = ()
    counts: bool = False
    is_local: bool = False

    @property
    def is_watched(self) -> bool:
        """Whether alarms can watch it."""
        return not (self.counts or self.is_local)


METRICS: Mapping[str, Metric] = {
    "latency_seconds": Metric("A quantile of the time that requests took.", ("operation",)),
    "error_share": Metric("The part of requests answered with an error of the server.", ("operation",)),
    "disk_free_bytes": Metric("Free space on the disk of the data folder."),
    "disk_free_share": Metric("The free part of the disk of the data folder, 0 to 1."),
    "process_cpu_seconds": Metric("CPU time of a process that stays.", ("process", "pid"), counts=True),
    "process_memory_bytes": Metric("Memory of a process that is in use.", ("process", "pid"), is_local=True),
    "jobs": Metric("Jobs by kind and state.", ("kind", "state")),
    "job_seconds": Metric("How long the jobs that are DONE took on average.", ("kind",)),
    "jobs_failed": Metric("Jobs that failed within the last hour.", ("kind",)),
    "queue_age_seconds": Metric("How long the oldest waiting job waits.", ("kind",)),
    "resources": Metric("Records by service, kind and how they stand.", ("service", "kind", "state")),
    "log_records": Metric("Records that the event log was ever told.", counts=True),
    "log_lag_seconds": Metric("Age of the oldest event that no dataset holds yet."),
    "model_age_seconds": Metric("How long ago training read the data of what answers.", ("model",)),
    "budget": Metric("What the offers of a campaign may cost together.", ("campaign",)),
    "budget_spent": Metric("What they have cost.", ("campaign",)),
    "budget_ahead_share": Metric(
        "The spent part of the budget, less the part of the plan that is over.", ("campaign",)
    ),
    "unreadable": Metric("1 for a part of the health that cannot be read.", ("part",)),
    "drift": Metric(
        "How far events since training are from those before: population stability index.",
        ("group", "of"),
    ),
    "pipeline_age_seconds": Metric("How long ago a run of a pipeline came to its end.", ("pipeline",)),
    "pipeline_failed": Metric("1 if the last run of a pipeline failed, else 0.", ("pipeline",)),
    "messages": Metric("Messages of deliveries by how they stand.", ("delivery", "state")),
    "undelivered_share": Metric("The part of a delivery's last period that failed.", ("delivery",)),
    "data_age_seconds": Metric("How long ago an event or an import last came in.", ("dataset",)),
}
