"""How a state fails: an error's name, which Retry and Catch match, and its cause, which people read."""

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
HEARTBEAT_TIMEOUT = "States.HeartbeatTimeout"
RUNTIME = "States.Runtime"
DATA_LIMIT = "States.DataLimitExceeded"
PERMISSIONS = "States.Permissions"
RESULT_PATH = "States.ResultPathMatchFailure"
PARAMETER_PATH = "States.ParameterPathFailure"
BRANCH_FAILED = "States.BranchFailed"
NO_CHOICE = "States.NoChoiceMatched"
INTRINSIC = "States.IntrinsicFailure"
TOLERATED = "States.ExceedToleratedFailureThreshold"
ITEM_READER = "States.ItemReaderFailed"
QUERY = "States.QueryEvaluationError"
RESERVED = frozenset(
    {
        *(ALL, TASK_FAILED, TIMEOUT, HEARTBEAT_TIMEOUT, RUNTIME, DATA_LIMIT, PERMISSIONS, RESULT_PATH),
        *(PARAMETER_PATH, BRANCH_FAILED, NO_CHOICE, INTRINSIC, TOLERATED, ITEM_READER, QUERY),
        "States.ResultWriterFailed",
    }
)
"""The names that the language itself gives errors; no other may begin with `States.`."""
UNCATCHABLE = frozenset((RUNTIME, DATA_LIMIT))
"""What States.ALL does not stand for: trying again cannot help."""
UNHEARD = "SdkClientException"
"""The error, after a service and a dot, of a call that came back without an answer."""
MOST_BYTES = 256 * 1024
"""So large may what a state is given or gives be, as JSON in UTF-8."""


class StateError(Exception):
    """A state failed.

    Parameters
    ----------
    error : such as `States.Timeout` or `Personalize.ResourceNotFoundException`
    cause : what happened, in plain words
    """

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}" if cause else error)
        self.error = error
        self.cause = cause

    @property
    def output(self) -> dict[str, str]:
        """The Error Output, which a catcher hands on."""
        return {"Error": self.error, "Cause": self.cause}

    @property
    def is_uncertain(self) -> bool:
        """Whether the work may have been done all the same: nobody heard how it ended."""
        return self.error in (TIMEOUT, HEARTBEAT_TIMEOUT) or self.error.endswith(UNHEARD)

    def matches(self, names: list[str]) -> bool:
        """Whether one of a retrier's or catcher's ErrorEquals stands for this error."""
        if self.error in names:
            return True
        if TASK_FAILED in names and self.error not in (TIMEOUT, *UNCATCHABLE):
            return True
        return ALL in names and self.error not in UNCATCHABLE
