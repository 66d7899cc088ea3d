"""What monitors have found: an evaluation for each forecast of which the actual values came; newest first."""

from presage.resources.states import Motion
from presage.works.forecast.monitoring import EVALUATION

from ..kinds import GOES, Kind, Move

KIND = Kind(
    service="forecast",
    name=EVALUATION,
    arn="{MonitorArn}/{id}",
    refers={"MonitorArn": "Monitor"},
    moves={Motion.CREATE: Move(at_once=True), Motion.DELETE: GOES},
    filtered_by=("EvaluationState",),
)
