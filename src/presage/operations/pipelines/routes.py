"""Which function answers which path below /pipelines."""

from ..rest.routes import Route, Service
from . import pipelines, runs

_PIPELINES, _PIPELINE, _RUN = "/pipelines", "/pipelines/{name}", "/pipelines/runs/{name}"
PIPELINES = Service(
    "pipelines",
    (
        Route("POST", _PIPELINES, "PutPipeline", pipelines.put_pipeline),
        Route("GET", _PIPELINES, "ListPipelines", pipelines.list_pipelines),
        Route(
            "POST", "/pipelines/validate", "ValidateDefinition", pipelines.validate_definition, is_long=True
        ),
        Route("GET", _PIPELINE, "DescribePipeline", pipelines.describe_pipeline),
        Route("DELETE", _PIPELINE, "DeletePipeline", pipelines.delete_pipeline, status=204),
        Route("POST", f"{_PIPELINE}/runs", "StartRun", runs.start_run, status=201),
        Route("GET", f"{_PIPELINE}/runs", "ListRuns", runs.list_runs),
        Route("GET", _RUN, "DescribeRun", runs.describe_run),
        Route("GET", f"{_RUN}/history", "ListHistory", runs.list_history),
        Route("POST", f"{_RUN}/resume", "ResumeRun", runs.resume_run, status=202),
        Route("POST", f"{_RUN}/cancel", "CancelRun", runs.cancel_run, status=202),
    ),
)
