"""Every kind of job and the functions that do it."""

from collections.abc import Mapping

from presage.jobs.work import Work

FAILED, STOPPED = "presage.works.driver:failed", "presage.works.driver:stopped"
LEARNING = ("torch", "scipy.optimize", "optuna", "presage.recipes.ranking.hrnn.fit")
"""What trainings import: three seconds of CPU time that a worker spends once."""
CALLING = ("boto3", "presage.pipelines.definitions", "presage.pipelines.interpreter")
"""What pipelines import: a second of CPU time."""
WORKS: Mapping[str, Work] = {
    "import": Work(run="presage.works.importing:run", failed=FAILED, stopped=STOPPED),
    "import-series": Work(run="presage.works.forecast.importing:run", failed=FAILED, stopped=STOPPED),
    "train": Work(run="presage.works.training:run", failed=FAILED, stopped=STOPPED, imports=LEARNING),
    "train-recommender": Work(
        run="presage.works.training:run_recommender", failed=FAILED, stopped=STOPPED, imports=LEARNING
    ),
    "delete-users": Work(run="presage.works.deleting:run", failed=FAILED, stopped=STOPPED),
    "export": Work(run="presage.works.exporting:run", failed=FAILED, stopped=STOPPED),
    "infer": Work(run="presage.works.inferring:run", failed=FAILED, stopped=STOPPED),
    "segment": Work(run="presage.works.segmenting:run", failed=FAILED, stopped=STOPPED),
    "train-predictor": Work(run="presage.works.forecast.training:run", failed=FAILED, stopped=STOPPED),
    "forecast": Work(run="presage.works.forecast.forecasting:run", failed=FAILED, stopped=STOPPED),
    "export-forecast": Work(run="presage.works.forecast.exporting:run", failed=FAILED, stopped=STOPPED),
    "export-backtest": Work(run="presage.works.forecast.backtests:run", failed=FAILED, stopped=STOPPED),
    "what-if-analysis": Work(
        run="presage.works.forecast.what_if:run_analysis", failed=FAILED, stopped=STOPPED
    ),
    "what-if-forecast": Work(run="presage.works.forecast.what_if:run", failed=FAILED, stopped=STOPPED),
    "export-what-if": Work(run="presage.works.forecast.what_if:run_export", failed=FAILED, stopped=STOPPED),
    "explain": Work(run="presage.works.forecast.explaining:run", failed=FAILED, stopped=STOPPED),
    "export-explanation": Work(run="presage.works.forecast.explanations:run", failed=FAILED, stopped=STOPPED),
    "remember": Work(
        run="presage.works.remembering:run", failed="presage.works.remembering:failed", background=True
    ),
    "attribute": Work(
        run="presage.works.attributing:run", failed="presage.works.attributing:failed", background=True
    ),
    "monitor": Work(
        run="presage.works.forecast.monitoring:run",
        failed="presage.works.forecast.monitoring:failed",
        background=True,
    ),
    "run-pipeline": Work(
        run="presage.pipelines.running:run", failed=FAILED, stopped=STOPPED, waits=True, imports=CALLING
    ),
    "drift": Work(run="presage.works.drifting:run", failed="presage.works.drifting:failed", background=True),
    "fold": Work(run="presage.works.folding:run", failed="presage.works.folding:failed", background=True),
}
