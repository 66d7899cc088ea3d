"""A connection to a Spark cluster; presage must be installed where its workers run."""

import os
import sys
from pathlib import Path
from typing import Any

import presage


def spark_context(master: str, name: str) -> Any:
    """A SparkContext of a master such as `local[2]` or `spark://host:7077`; to be stopped by the caller.

    Raises ValueError without Spark, and if it does not start there.
    """
    try:
        from py4j.protocol import Py4JError  # noqa: PLC0415
        from pyspark import SparkConf, SparkContext  # noqa: PLC0415
        from pyspark.errors import PySparkException  # noqa: PLC0415
    except ImportError:
        raise ValueError("Spark needs pyspark: pip install 'presage[spark]'") from None
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings = SparkConf().setMaster(master).setAppName(name).set("spark.ui.enabled", "false")
    settings.set("spark.ui.showConsoleProgress", "false")
    if master.startswith("local"):
        settings.set("spark.executorEnv.PYTHONPATH", str(Path(presage.__file__).parent.parent))
    try:
        return SparkContext(conf=settings)
    except (PySparkException, Py4JError, RuntimeError) as error:
        raise ValueError(f"Spark does not start on {master!r}: {error}") from None
