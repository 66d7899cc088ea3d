"""Jobs that share a serial key, taken by several workers in any order of events."""

import tempfile

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from presage.jobs.leases import Leases
from presage.jobs.queue import Jobs
from presage.jobs.table import open_job_table

from .running import new_url

KEYS = ("", "a", "b")
N_WORKERS = 3
WORKERS = st.integers(0, N_WORKERS - 1)
ENDS = ("finish", "fail", "count_try", "interrupt", "put_back")


class SerialJobs(RuleBasedStateMachine):
    """Workers take, end and put back jobs; users submit, cancel and forget them."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = new_url(self.folder.name)
        self.now = 1000.0
        self.jobs, self.engine = Jobs(url, self.clock), open_job_table(url)
        self.workers = [Leases(self.engine, f"worker {n}", self.clock) for n in range(N_WORKERS)]
        self.keys = []  # of all jobs, in the order of their submission
        self.open = set()  # numbers of the jobs whose work has not ended
        self.working = {}  # number -> worker

    def clock(self):
        return self.now

    def teardown(self):
        self.jobs.close()
        self.engine.dispose()
        self.folder.cleanup()

    @rule(key=st.sampled_from(KEYS))
    def submit(self, key):
        number = len(self.keys)
        self.jobs.submit("work", f"arn:{number}", serial=key)
        self.keys.append(key)
        self.open.add(number)

    @rule(worker=WORKERS, most=st.integers(0, 4))
    def take(self, worker, most):
        for lease in self.workers[worker].take(["work"], most=most, besides=()):
            number = int(lease.arn.removeprefix("arn:"))
            assert number in self.open
            assert number not in self.working
            self.working[number] = worker
            key = self.keys[number]
            assert not key or number == min(n for n in self.open if self.keys[n] == key)

    @precondition(lambda self: self.working)
    @rule(data=st.data(), end=st.sampled_from(ENDS))
    def end(self, data, end):
        number = data.draw(st.sampled_from(sorted(self.working)))
        leases = self.workers[self.working.pop(number)]
        lease = leases.current(f"arn:{number}")
        if end == "count_try":
            leases.count_try(lease.arn, delay_seconds=10.0)
        elif end in ("interrupt", "put_back"):
            getattr(leases, end)(lease.arn)
        else:
            assert leases.finish(leases.fail(lease.arn, "a reason") if end == "fail" else lease)
            self.open.discard(number)

    @precondition(lambda self: self.open - self.working.keys())
    @rule(data=st.data())
    def cancel_before_it_works(self, data):
        number = data.draw(st.sampled_from(sorted(self.open - self.working.keys())))
        self.jobs.cancel(f"arn:{number}")
        self.open.discard(number)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def forget(self, data):
        number = data.draw(st.sampled_from(sorted(self.open)))
        self.jobs.forget(f"arn:{number}")
        self.open.discard(number)
        self.working.pop(number, None)

    @rule(worker=WORKERS)
    def tell(self, worker):
        leases = self.workers[worker]
        for lease in leases.take_decided(["work"], most=9, besides=()):
            leases.finish(lease)

    @rule(seconds=st.sampled_from((1.0, 10.0)))
    def wait(self, seconds):
        self.now += seconds

    @invariant()
    def of_a_key_one_works(self):
        keys = [self.keys[number] for number in self.working if self.keys[number]]
        assert len(keys) == len(set(keys))

    @rule(worker=WORKERS)
    def take_all_after_a_while(self, worker):
        self.now += 100.0
        self.take(worker, 1000)
        keys = {self.keys[number] for number in self.open} - {""}
        first = {min(n for n in self.open if self.keys[n] == key) for key in keys}
        without_key = {n for n in self.open if not self.keys[n]}
        assert self.working.keys() == first | without_key


SerialJobs.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestSerialJobs = SerialJobs.TestCase
