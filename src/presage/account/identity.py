"""STS: who is calling? Always the same identity."""

from .state import Account, Answer, Request

USER = "presage"


def get_caller_identity(account: Account, _request: Request) -> Answer:
    """GetCallerIdentity: the account's one user."""
    return {"UserId": USER, "Account": account.number, "Arn": account.iam_arn(f"user/{USER}")}
