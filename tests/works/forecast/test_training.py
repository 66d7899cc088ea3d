"""How long an auto predictor may be trained is a setting; other predictors take the time that they need."""

from presage.config import Config
from presage.trials.forecasting.plan import PredictorPlan
from presage.works.forecast.training import budgeted


def test_the_setting_is_for_auto_predictors_alone():
    auto, other = (
        PredictorPlan(recipe=name, horizon=1) for name in ("presage-auto", "presage-seasonal-naive")
    )
    limited = Config(auto_predictor_seconds=60.0)
    assert budgeted(auto, limited).budget_s == 60.0
    assert budgeted(auto, Config()) == auto
    assert budgeted(other, limited) == other
