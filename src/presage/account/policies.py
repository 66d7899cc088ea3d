"""IAM's policies of the account: kept and returned."""

from typing import Any
from urllib.parse import quote

from presage.resources.record import Record
from presage.wire.faults import Refused

from .roles import CONFLICT, EXISTS, MISSING, ROLES, check_document, is_under, new_id, tags_in, tags_of
from .state import Account, Answer, Kept, Request

POLICIES = Kept(service="iam", kind="Policy", exists=EXISTS, missing=MISSING)
VERSION = "v1"


def create_policy(account: Account, request: Request) -> Answer:
    """CreatePolicy."""
    check_document(request["PolicyDocument"])
    name, path = request["PolicyName"], request.get("Path", "/")
    body = {
        "Path": path,
        "PolicyId": new_id("ANPA"),
        "Description": request.get("Description", ""),
        "_document": request["PolicyDocument"],
    }
    with account.records.writing() as records:
        policy = POLICIES.add(records, name, account.iam_arn(f"policy{path}{name}"), body)
        records.put_tags(policy.arn, tags_in(request))
    return {"Policy": _shown(account, policy)}


def get_policy(account: Account, request: Request) -> Answer:
    """GetPolicy: one of the account's own."""
    return {"Policy": _shown(account, _find(account, request["PolicyArn"]))}


def get_policy_version(account: Account, request: Request) -> Answer:
    """GetPolicyVersion: there is one version of each."""
    policy = _find(account, request["PolicyArn"])
    if request["VersionId"] != VERSION:
        raise Refused(MISSING[0], f"{policy.arn} has the version {VERSION} alone", MISSING[1])
    return {"PolicyVersion": {**_version(policy), "Document": quote(policy["_document"])}}


def list_policy_versions(account: Account, request: Request) -> Answer:
    """ListPolicyVersions."""
    return {"Versions": [_version(_find(account, request["PolicyArn"]))], "IsTruncated": False}


def list_policies(account: Account, request: Request) -> Answer:
    """ListPolicies: the account's own; AWS's are too many to know."""
    found = [one for one in POLICIES.all(account.records) if is_under(one, request)]
    shown = [] if request.get("Scope") == "AWS" else [_shown(account, one) for one in found]
    return {"Policies": shown, "IsTruncated": False}


def delete_policy(account: Account, request: Request) -> None:
    """DeletePolicy: not while a role has it."""
    policy = _find(account, request["PolicyArn"])
    users = [role.name for role in ROLES.all(account.records) if policy.arn in role["_attached"]]
    if users:
        raise Refused(CONFLICT[0], f"{policy.arn} is attached to: {', '.join(users)}", CONFLICT[1])
    with account.records.writing() as records:
        records.remove(policy.arn)


def _find(account: Account, arn: str) -> Record:
    record = account.records.get(arn)
    if record is None or (record.service, record.kind) != (POLICIES.service, POLICIES.kind):
        raise Refused(MISSING[0], f"the account has no policy {arn}", MISSING[1])
    return record


def _version(policy: Record) -> dict[str, Any]:
    return {"VersionId": VERSION, "IsDefaultVersion": True, "CreateDate": policy.created_at}


def _shown(account: Account, policy: Record) -> dict[str, Any]:
    users = sum(policy.arn in role["_attached"] for role in ROLES.all(account.records))
    return {
        **{member: policy[member] for member in ("Path", "PolicyId", "Description")},
        "PolicyName": policy.name,
        "Arn": policy.arn,
        "DefaultVersionId": VERSION,
        "AttachmentCount": users,
        "IsAttachable": True,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
        "Tags": tags_of(account, policy.arn),
    }
