"""IAM's roles and the user: kept and returned. They grant nothing: what a key may do, its globs say."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson

from presage.resources.record import Record
from presage.wire.faults import Refused

from .identity import USER
from .state import Account, Answer, Kept, Request

EXISTS, MISSING, CONFLICT = ("EntityAlreadyExists", 409), ("NoSuchEntity", 404), ("DeleteConflict", 409)
ROLES = Kept(service="iam", kind="Role", exists=EXISTS, missing=MISSING)
SHOWN = ("Description", "MaxSessionDuration")


def create_role(account: Account, request: Request) -> Answer:
    """CreateRole: the policy says who may take it on; here nobody needs to."""
    check_document(request["AssumeRolePolicyDocument"])
    name, path = request["RoleName"], request.get("Path", "/")
    body = {
        **{member: request[member] for member in SHOWN if member in request},
        "Path": path,
        "RoleId": new_id("AROA"),
        "AssumeRolePolicyDocument": request["AssumeRolePolicyDocument"],
        "_inline": {},
        "_attached": [],
    }
    with account.records.writing() as records:
        role = ROLES.add(records, name, account.iam_arn(f"role{path}{name}"), body)
        records.put_tags(role.arn, tags_in(request))
    return {"Role": _shown(account, role)}


def get_role(account: Account, request: Request) -> Answer:
    """GetRole."""
    return {"Role": _shown(account, ROLES.find(account.records, request["RoleName"]))}


def list_roles(account: Account, request: Request) -> Answer:
    """ListRoles: all of a path in one answer."""
    found = [role for role in ROLES.all(account.records) if is_under(role, request)]
    return {"Roles": [_shown(account, role) for role in found], "IsTruncated": False}


def update_assume_role_policy(account: Account, request: Request) -> None:
    """UpdateAssumeRolePolicy."""
    check_document(request["PolicyDocument"])
    _change(account, request["RoleName"], AssumeRolePolicyDocument=request["PolicyDocument"])


def delete_role(account: Account, request: Request) -> None:
    """DeleteRole: not while it has policies, as on AWS."""
    with account.records.writing() as records:
        role = ROLES.find(records, request["RoleName"])
        if role["_attached"] or role["_inline"]:
            code, status = CONFLICT
            left = [*role["_attached"], *role["_inline"]]
            raise Refused(code, f"{role.name} has policies: {', '.join(left)}; take them away first", status)
        records.remove(role.arn)


def put_role_policy(account: Account, request: Request) -> None:
    """PutRolePolicy: a policy inside a role."""
    check_document(request["PolicyDocument"])
    role = ROLES.find(account.records, request["RoleName"])
    inline = {**role["_inline"], request["PolicyName"]: request["PolicyDocument"]}
    _change(account, role.name, _inline=inline)


def get_role_policy(account: Account, request: Request) -> Answer:
    """GetRolePolicy."""
    role = ROLES.find(account.records, request["RoleName"])
    document = _inline_policy(role, request["PolicyName"])
    return {"RoleName": role.name, "PolicyName": request["PolicyName"], "PolicyDocument": quote(document)}


def list_role_policies(account: Account, request: Request) -> Answer:
    """ListRolePolicies: the names of those inside a role."""
    role = ROLES.find(account.records, request["RoleName"])
    return {"PolicyNames": sorted(role["_inline"]), "IsTruncated": False}


def delete_role_policy(account: Account, request: Request) -> None:
    """DeleteRolePolicy."""
    role = ROLES.find(account.records, request["RoleName"])
    _inline_policy(role, request["PolicyName"])
    kept = {name: text for name, text in role["_inline"].items() if name != request["PolicyName"]}
    _change(account, role.name, _inline=kept)


def attach_role_policy(account: Account, request: Request) -> None:
    """AttachRolePolicy: any of AWS's own, or one that was made here."""
    role, arn = ROLES.find(account.records, request["RoleName"]), request["PolicyArn"]
    is_here = account.records.get(arn) is not None
    if not arn.startswith("arn:aws:iam::aws:policy/") and not is_here:
        raise Refused(MISSING[0], f"there is no policy {arn}; make it with CreatePolicy", MISSING[1])
    _change(account, role.name, _attached=[*(one for one in role["_attached"] if one != arn), arn])


def detach_role_policy(account: Account, request: Request) -> None:
    """DetachRolePolicy."""
    role, arn = ROLES.find(account.records, request["RoleName"]), request["PolicyArn"]
    if arn not in role["_attached"]:
        raise Refused(MISSING[0], f"{role.name} has no policy {arn} attached", MISSING[1])
    _change(account, role.name, _attached=[one for one in role["_attached"] if one != arn])


def list_attached_role_policies(account: Account, request: Request) -> Answer:
    """ListAttachedRolePolicies."""
    role = ROLES.find(account.records, request["RoleName"])
    shown = [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in role["_attached"]]
    return {"AttachedPolicies": shown, "IsTruncated": False}


def list_instance_profiles_for_role(account: Account, request: Request) -> Answer:
    """ListInstanceProfilesForRole: there are no instances here."""
    ROLES.find(account.records, request["RoleName"])
    return {"InstanceProfiles": [], "IsTruncated": False}


def tag_role(account: Account, request: Request) -> None:
    """TagRole."""
    with account.records.writing() as records:
        records.put_tags(ROLES.find(records, request["RoleName"]).arn, tags_in(request))


def untag_role(account: Account, request: Request) -> None:
    """UntagRole."""
    with account.records.writing() as records:
        records.drop_tags(ROLES.find(records, request["RoleName"]).arn, request["TagKeys"])


def list_role_tags(account: Account, request: Request) -> Answer:
    """ListRoleTags."""
    role = ROLES.find(account.records, request["RoleName"])
    return {"Tags": tags_of(account, role.arn), "IsTruncated": False}


def get_user(account: Account, request: Request) -> Answer:
    """GetUser: the account's one user."""
    name = request.get("UserName", USER)
    if name != USER:
        raise Refused(MISSING[0], f"there is no user {name}; there is {USER}", MISSING[1])
    return {
        "User": {
            "Path": "/",
            "UserName": USER,
            "UserId": USER,
            "Arn": account.iam_arn(f"user/{USER}"),
            "CreateDate": 0.0,
        }
    }


def check_document(text: str) -> None:
    """Raises Refused (MalformedPolicyDocument) unless a text is a JSON object."""
    try:
        is_object = isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError as error:
        raise Refused("MalformedPolicyDocument", f"the policy is not valid JSON: {error}") from None
    if not is_object:
        raise Refused("MalformedPolicyDocument", "the policy is no JSON object")


def tags_in(request: Request) -> dict[str, str]:
    """The tags of a request."""
    tags: Iterable[Mapping[str, str]] = request.get("Tags", ())
    return {tag["Key"]: tag["Value"] for tag in tags}


def tags_of(account: Account, arn: str) -> list[dict[str, str]]:
    """The tags that something carries, as IAM shows them."""
    return [{"Key": key, "Value": value} for key, value in account.records.tags(arn).items()]


def is_under(record: Record, request: Request) -> bool:
    """Whether a record's path is below the one that a request asks for."""
    return record["Path"].startswith(request.get("PathPrefix", "/"))


def new_id(prefix: str) -> str:
    """A new unique id in IAM's form."""
    return prefix + uuid4().hex[:17].upper()


def _shown(account: Account, role: Record) -> dict[str, Any]:
    return {
        **{member: role[member] for member in ("Path", "RoleId", *SHOWN) if member in role.body},
        "RoleName": role.name,
        "Arn": role.arn,
        "CreateDate": role.created_at,
        "AssumeRolePolicyDocument": quote(role["AssumeRolePolicyDocument"]),
        "Tags": tags_of(account, role.arn),
    }


def _inline_policy(role: Record, name: str) -> str:
    if name not in role["_inline"]:
        raise Refused(MISSING[0], f"{role.name} has no policy {name}", MISSING[1])
    return role["_inline"][name]


def _change(account: Account, name: str, **changes: Any) -> None:
    with account.records.writing() as records:
        records.change(ROLES.find(records, name).arn, **changes)
