"""A Spark cluster that does parts of a job's work: each part is a task, wherever there is a core free."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from presage.spark import spark_context


class SparkPool(Executor):
    """Calls functions on a Spark cluster; one thread submits.

    Attributes
    ----------
    size : how many parts the cluster works on at once
    """

    def __init__(self, master: str) -> None:
        self._context = spark_context(master, "presage job")
        self.size: int = self._context.defaultParallelism
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="spark")
        self._sent: tuple[Any, Any] = (None, None)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called; it goes to the cluster once, what it is called with each time."""
        if self._sent[0] is not fn:
            self._sent = fn, self._context.broadcast(fn)
        return self._threads.submit(self._run, _Task(self._sent[1]), (args, kwargs))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the cluster."""
        if cancel_futures:
            self._context.cancelAllJobs()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        self._context.stop()

    def _run(self, task: "_Task", called_with: Any) -> Any:
        (outcome,) = self._context.parallelize([called_with], 1).map(task).collect()
        return outcome()


class _Task:
    """Calls a function that the cluster holds; what it raises is raised where it is waited for."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def __call__(self, called_with: Any) -> "Callable[[], Any]":
        args, kwargs = called_with
        try:
            return partial(_identity, self._function.value(*args, **kwargs))
        except Exception as error:
            return partial(_raise, error)


def _identity(result: Any) -> Any:
    return result


def _raise(error: Exception) -> None:
    raise error
