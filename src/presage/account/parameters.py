"""SSM's parameters: what scripts leave for one another."""

from typing import Any

from presage.resources.record import Record

from .state import Account, Answer, Kept, Request

PARAMETERS = Kept(
    service="ssm",
    kind="Parameter",
    exists=("ParameterAlreadyExists", 400),
    missing=("ParameterNotFound", 400),
)


def put_parameter(account: Account, request: Request) -> Answer:
    """PutParameter: with Overwrite over the one that is there, as its next version."""
    name, value = request["Name"], request["Value"]
    with account.records.writing() as records:
        if request.get("Overwrite") and PARAMETERS.has(records, name):
            record = PARAMETERS.find(records, name)
            kind = request.get("Type", record["Type"])
            record = records.change(record.arn, Value=value, Type=kind, Version=record["Version"] + 1)
        else:
            kind = request.get("Type", "String")
            body = {"Value": value, "Type": kind, "Version": 1}
            record = PARAMETERS.add(records, name, _arn(account, name), body)
    return {"Version": record["Version"], "Tier": "Standard"}


def get_parameter(account: Account, request: Request) -> Answer:
    """GetParameter: by name; it is kept as it was put, whatever its type."""
    return {"Parameter": _shown(PARAMETERS.find(account.records, request["Name"]))}


def get_parameters(account: Account, request: Request) -> Answer:
    """GetParameters: those that are there, and the names of those that are not."""
    there = [name for name in request["Names"] if PARAMETERS.has(account.records, name)]
    return {
        "Parameters": [_shown(PARAMETERS.find(account.records, name)) for name in there],
        "InvalidParameters": [name for name in request["Names"] if name not in there],
    }


def get_parameters_by_path(account: Account, request: Request) -> Answer:
    """GetParametersByPath: all below a path in one answer."""
    head, recursive = request["Path"].rstrip("/") + "/", request.get("Recursive", False)
    found = [one for one in PARAMETERS.all(account.records) if one.name.startswith(head)]
    return {"Parameters": [_shown(one) for one in found if recursive or "/" not in one.name[len(head) :]]}


def delete_parameter(account: Account, request: Request) -> Answer:
    """DeleteParameter."""
    with account.records.writing() as records:
        records.remove(PARAMETERS.find(records, request["Name"]).arn)
    return {}


def _arn(account: Account, name: str) -> str:
    return f"arn:aws:ssm:{account.region}:{account.number}:parameter/{name.lstrip('/')}"


def _shown(record: Record) -> dict[str, Any]:
    return {
        **{member: record[member] for member in ("Type", "Value", "Version")},
        "Name": record.name,
        "ARN": record.arn,
        "DataType": "text",
        "LastModifiedDate": record.updated_at,
    }
