"""Where the data of a Forecast dataset group lie."""

from presage.resources.reader import Reader
from presage.resources.record import Record
from presage.resources.states import Motion, State
from presage.tables.forecast.schema import DOMAINS, TARGET

IMPORT_JOB = "DatasetImportJob"


def datasets_of(records: Reader, group: Record) -> dict[str, Record]:
    """Dataset type -> the dataset of a group, of those that are there."""
    found = [records.get(arn) for arn in group["DatasetArns"]]
    return {one["DatasetType"]: one for one in found if one is not None}


def import_under_way(records: Reader, dataset: Record) -> Record | None:
    """The import job that a dataset waits for."""
    jobs = records.children(dataset.arn, IMPORT_JOB, under_way=True)
    return next((job for job in jobs if job.motion == Motion.CREATE), None)


def imports_of(records: Reader, dataset: Record) -> list[Record]:
    """The import jobs whose rows a dataset holds, newest first: since the last FULL one."""
    found: list[Record] = []
    for job in records.of_kind(dataset.service, IMPORT_JOB, parent=dataset.arn, state=State.ACTIVE):
        found.append(job)
        if job.get("ImportMode", "FULL") == "FULL":
            break
    return found


def import_arns(records: Reader, group: Record) -> list[str]:
    """The import jobs whose rows the datasets of a group hold."""
    datasets = datasets_of(records, group)
    return [job.arn for dataset in datasets.values() for job in imports_of(records, dataset)]


def target_of(group: Record) -> str:
    """What the domain of a group calls the attribute that is forecast."""
    return list(DOMAINS[group["Domain"]][TARGET])[-1]
