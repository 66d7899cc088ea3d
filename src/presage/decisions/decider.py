"""A campaign at work: decides and learns in one order over all processes, and on disk before it answers."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import structlog

from presage.artifacts.errors import Damaged
from presage.artifacts.store import load, save
from presage.errors import (
    InvalidInputException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ServiceError,
)
from presage.log import Log, LoggedRecord, NoSuchStream, Write, read_on

from .assigning import assign
from .campaign import Campaign
from .challengers import JUDGED_BY, Contest
from .changing import begun, changed
from .choosing import decide, options_of
from .pricing import solve_prices
from .questions import (
    Activate,
    Asked,
    Assign,
    Assigned,
    Begin,
    Change,
    Decision,
    Due,
    Outcome,
    Outlook,
    Plan,
    Question,
    Recall,
    Record,
    Reward,
    Settle,
    Single,
    Stand,
)
from .refitting import Refit
from .relearning import Relearning
from .state import State, decision_id, number_of

MOST_AT_ONCE = 256
SAVE_EVERY = 1_000
"""After so many rewards the policy is put on disk, so that a start need not learn them again."""
logger = structlog.get_logger("presage.decisions")


class Decider:
    """Decides for one campaign.

    A thread takes whatever waits, in the stream's turn, which one process has at a time: it reads what others
    have logged meanwhile, decides one after the other, and logs all of it in one commit.

    Parameters
    ----------
    campaign : as it was made; afterwards as it is, once anything was asked
    stream : of the campaign in the log
    folder : of the policy
    """

    def __init__(self, campaign: Campaign, *, log: Log, stream: str, folder: Path) -> None:
        self.first = self.campaign = campaign
        self._log, self.stream, self._folder = log, stream, folder
        self._line = ThreadPoolExecutor(1, thread_name_prefix="decisions")
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="refits")
        self._is_unlearning = False
        self._begun_refit: dict[str, Refit] = {}
        self._waiting: deque[tuple[Asked, Future[Outcome]]] = deque()
        self._state: State | None = None
        self._through, self._saved, self._followed = 0, 0, 0
        self._fresh: dict[int, Decision] = {}
        self._news: list[Record] = []

    def ask(self, asked: Asked) -> Future[Outcome]:
        """Decide, learn a reward, or recall; the outcome comes once it is on disk.

        It raises ResourceAlreadyExistsException if the key, or a reward of the decision, was told before and
        differs; ResourceNotFoundException if there is no such decision; LogError.
        """
        answer: Future[Outcome] = Future()
        self._waiting.append((asked, answer))
        self._line.submit(self._answer_waiting)
        return answer

    def change(self, change: Change) -> Future[Outcome]:
        """Let the campaign be another once its policies have learned all rewards beside.

        Decisions go on meanwhile as the campaign is. The outcome raises as `ask` does, and
        InvalidInputException if the policy cannot learn a reward; then all stays as it was. It is cancelled
        if this is closed before it begins.
        """
        try:
            return self._beside.submit(self._change, change)
        except RuntimeError:  # this has been closed
            closed: Future[Outcome] = Future()
            closed.cancel()
            return closed

    def _change(self, change: Change) -> Outcome:
        begin = self.ask(Begin(change=change)).result()
        relearning: Relearning | None = begin.record["relearning"]
        if relearning is not None:
            try:
                relearning.compute(self._reread())
            except ValueError as error:
                self.ask(Begin(change=None)).result()
                raise InvalidInputException(str(error)) from None
        return self.ask(replace(change, relearned=relearning)).result()

    def settle(self, at: float) -> None:
        """Let all decisions whose rewards have not come in time have the default one."""
        while self.ask(Settle(at=at)).result().record["settled"]:
            pass

    def records(self) -> Iterator[LoggedRecord]:
        """All that was logged, in order."""
        return read_on(self._log, self.stream, 0)

    def close(self) -> None:
        """Answer what waits, and put the policy on disk."""
        self._beside.shutdown(wait=True, cancel_futures=True)
        self._line.submit(self._save_alone)
        self._line.shutdown(wait=True)

    def _answer_waiting(self) -> None:
        batch = self._next()
        if not batch:  # an earlier turn took it
            return
        try:
            with self._log.turn(self.stream) as write:
                outcomes = self._answer([asked for asked, _ in batch], write)
        except Exception as error:  # whatever it is, those who wait must hear of it
            self._state = None  # it may hold what is not on disk
            outcomes = [error] * len(batch)
        for (_, answer), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Outcome):
                answer.set_result(outcome)
            else:
                answer.set_exception(outcome)
        if self._state is not None and self._state.prices.is_due:
            self._log_due(_solved, "prices cannot be solved for")
        if self._state is not None:
            self._begin_refits(self._state)

    def _begin_refits(self, state: State) -> None:
        """Compute what is due beside the decisions, which go on with what is known."""
        for one in state.contest.everyone:
            if one.refit is not None and self._begun_refit.get(one.id) is not one.refit:
                self._begun_refit[one.id] = one.refit
                with suppress(RuntimeError):  # this is being closed
                    self._beside.submit(self._refit, one.refit)
        if state.n_unlearned < state.n_forgotten and not self._is_unlearning:
            self._is_unlearning = True
            with suppress(RuntimeError):
                self._beside.submit(self._unlearn, state.forgotten_at)

    def _unlearn(self, at: float) -> None:
        """Let the policies learn again without what users who were forgotten had told."""
        try:
            self._change(Change(campaign=None, at=at))
        except NoSuchStream:  # the campaign was dropped
            pass
        except Exception:  # decisions go on with the policies that there are
            logger.exception("what was forgotten cannot be unlearned", campaign=self.campaign.name)
        finally:
            self._is_unlearning = False

    def _refit(self, refit: Refit) -> None:
        try:
            refit.compute(beside=True)
        except Exception:  # decisions go on with the policy that there is
            logger.exception("a policy cannot be refitted", campaign=self.campaign.name)
        else:
            with suppress(RuntimeError):  # this has been closed
                self._line.submit(self._log_due, _refitted, "a refit cannot be logged")

    def _log_due(self, due: Callable[[State], Record | None], failure: str) -> None:
        """Log what is due, and decide by it from now on; whoever was answered did not wait for it."""
        try:
            with self._log.turn(self.stream) as write:
                state = self._state = self._caught_up()
                while record := due(state):
                    self._through = write([record])[-1]
                    state.apply(record)
                if state.version - self._saved >= SAVE_EVERY:
                    self._save()
        except NoSuchStream:  # the campaign was dropped
            self._state = None
        except Exception:  # decisions go on with what there is
            self._state = None
            logger.exception(failure, campaign=self.campaign.name)

    def _next(self) -> list[tuple[Asked, Future[Outcome]]]:
        """What waits, as far as it can be answered together: a change stands alone."""
        batch: list[tuple[Asked, Future[Outcome]]] = []
        while self._waiting and len(batch) < MOST_AT_ONCE:
            is_change = isinstance(self._waiting[0][0], Change)
            if batch and is_change:
                break
            batch.append(self._waiting.popleft())
            if is_change:
                break
        return batch

    def _answer(self, batch: list[Asked], write: Write) -> list[Outcome | Exception]:
        state = self._state = self._caught_up()
        self.campaign = state.campaign
        self._fresh.clear()
        self._news = []
        outcomes: list[Outcome | Exception] = []
        times = [one.at for one in batch if isinstance(one, Question | Assign | Activate | Settle)]
        n_settled = self._settle(state, max(times, default=None))
        settled = Outcome(record={"settled": n_settled}, is_new=False)
        for asked in batch:
            try:
                outcomes.append(settled if isinstance(asked, Settle) else self._outcome(state, asked))
            except ServiceError as error:
                outcomes.append(error)
        if self._news:
            places = write(self._news)
            for record, place in zip(self._news, places, strict=True):
                state.note(record, place)
            self._through = places[-1]
            if state.version - self._saved >= SAVE_EVERY or state.n_changes > self._followed:
                self._save()
            self.campaign = state.campaign
        return outcomes

    def _settle(self, state: State, now: float | None) -> int:
        """Give some decisions that have waited too long the default reward; how many."""
        if state.campaign.label:  # theirs are told
            return 0
        for count in range(MOST_AT_ONCE):
            number = None if now is None else state.next_due(now)
            if now is None or number is None:
                return count
            value = state.campaign.default_reward
            self._outcome(state, Reward(decision=decision_id(self.stream, number), value=value, at=now))
        return MOST_AT_ONCE

    def _outcome(self, state: State, asked: Single) -> Outcome:
        """What comes of one thing that is asked; the state has taken it in."""
        match asked:
            case Question():
                outcome = self._decided(state, asked)
            case Assign():
                return self._assigned(state, asked)
            case Reward():
                outcome = self._rewarded(state, asked)
            case Activate():
                outcome = self._activated(state, asked)
            case Begin() | Change():
                outcome = begun(state, asked.change) if isinstance(asked, Begin) else changed(state, asked)
            case Due():
                outcome = self._due(state, asked)
            case Recall():
                outcome = self._recalled(state, asked)
            case Outlook():
                told: Record = {"due": state.is_plan_due(asked.at), "by_hour": dict(state.by_hour)}
                outcome = Outcome(record=told, is_new=False)
            case Plan():
                made: Record = {
                    "kind": "plan",
                    "plan": asked.plan,
                    "expected": asked.expected,
                    "at": asked.at,
                }
                outcome = Outcome(record=made, is_new=state.is_plan_due(asked.at))
            case Stand():
                record = state.contest.standings(state.campaign) | state.prices.standing()
                outcome = Outcome(record=record, is_new=False)
        if outcome.is_new:
            try:
                state.apply(outcome.record)
            except ValueError as error:
                raise InvalidInputException(str(error)) from None
            self._news.append(outcome.record)
            self._promote(state, outcome.record)
        return outcome

    def _promote(self, state: State, told: Record) -> None:
        """Let a challenger take over that a reward has shown to be better."""
        promotion = state.promotion(told["at"]) if told["kind"] == "reward" else None
        if promotion is not None:
            state.apply(promotion)
            told = {name: promotion[name] for name in ("policy", "instead", "difference", "low")}
            logger.info("a challenger takes over", campaign=state.campaign.name, **told)
            self._news.append(promotion)

    def _decided(self, state: State, question: Question) -> Outcome:
        earlier = state.by_key.get(question.key) if question.key else None
        if earlier is not None:
            record = self._decision(state, earlier)
            if not question.is_as(record):
                raise ResourceAlreadyExistsException(
                    f"the idempotency key {question.key!r} was used for another question, decided as"
                    f" {record['id']}; give each question a key of its own"
                )
            return Outcome(record=record, is_new=False)
        earlier = state.by_session.get((question.user, question.session)) if question.session else None
        if earlier is not None:
            return Outcome(record=self._decision(state, earlier), is_new=False)
        record = decide(state, self.stream, question)
        self._fresh[state.n_decisions] = record
        return Outcome(record=record, is_new=True)

    def _assigned(self, state: State, asked: Assign) -> Assigned:
        """An offer for each user who has no decision in the session yet; the state has taken them in."""
        new = [one for one in asked.questions if (one.user, one.session) not in state.by_session]
        record: Record = {}
        if new:
            options = [options_of(state, one) for one in new]
            record = assign(state, new, options, asked.explore, asked.most)
            state.apply(record)
            self._news.append(record)
        decisions = [self._outcome(state, one) for one in asked.questions]
        return Assigned(record=record, is_new=bool(new), decisions=decisions)

    def _rewarded(self, state: State, reward: Reward) -> Outcome:
        number, decision = self._found(state, reward.decision or _keyed(state, self.stream, reward.key))
        record: Record = {
            "kind": "reward",
            "decision": decision["id"],
            "value": reward.value,
            "at": reward.at,
            "user": decision["user"],
            "context": decision["context"],
            "offer": decision["offer"],
        }
        if "actions" in decision:
            record["action"] = next(one for one in decision["actions"] if one["id"] == decision["offer"])
        if decision.get("forgotten"):
            record["forgotten"] = True
        if state.campaign.challengers:
            record |= {name: decision[name] for name in JUDGED_BY if name in decision}
        known = state.rewards.get(number)
        if known is not None and known != reward.value:
            raise ResourceAlreadyExistsException(
                f"the reward of {decision['id']} is {known} already; it cannot become {reward.value}"
            )
        return Outcome(record=record, is_new=known is None)

    def _activated(self, state: State, activate: Activate) -> Outcome:
        number, decision = self._found(state, _keyed(state, self.stream, activate.key))
        record: Record = {"kind": "activation", "decision": decision["id"], "at": activate.at}
        return Outcome(record=record, is_new=number in state.deferred)

    def _due(self, state: State, due: Due) -> Outcome:
        made = [self._decision(state, number) for number in state.all_due(due.at, MOST_AT_ONCE)]
        found = {one["id"]: (one["user"], one["at"]) for one in made}
        return Outcome(record={"due": found}, is_new=False)

    def _recalled(self, state: State, recall: Recall) -> Outcome:
        number, decision = self._found(state, recall.decision)
        return Outcome(record={**decision, "reward": state.rewards.get(number)}, is_new=False)

    def _found(self, state: State, identity: str) -> tuple[int, Decision]:
        """Number and record of a decision that is on disk; raises ResourceNotFoundException."""
        number = number_of(identity)
        if number >= len(state.places):
            raise ResourceNotFoundException(f"there is no decision {identity!r}")
        return number, self._decision(state, number)

    def _decision(self, state: State, number: int) -> Decision:
        """A decision that was made before."""
        if number in self._fresh:
            return self._fresh[number]
        for logged in self._log.read(state.places[number] - 1, 1, stream=self.stream):
            return logged.record
        raise NoSuchStream(self.stream)

    def _caught_up(self) -> State:
        """The state after all that is in the log."""
        state = self._state
        if state is None:
            state, self._through = self._begun(), 0
        self._read_on(state)
        if (state.version, state.n_changes) < (
            state.learned,
            state.followed,
        ):  # the log is an older copy: the policy knows what is not in it
            state, self._through, self._saved, self._followed = self._new(), 0, 0, 0
            self._read_on(state)
        return state

    def _read_on(self, state: State) -> None:
        for logged in read_on(self._log, self.stream, self._through):
            record = logged.record
            state.apply(record)
            state.note(record, logged.place)
            self._through = logged.place

    def _new(self) -> State:
        return State(campaign=self.first, contest=Contest.of(self.first), reread=self._reread)

    def _reread(self) -> Iterator[Record]:
        return (one.record for one in self.records())

    def _begun(self) -> State:
        """The state before the first record; a policy that is on disk knows some rewards already."""
        with suppress(FileNotFoundError):
            try:
                arrays, meta = load(self._folder / "policy")
                self._saved, self._followed = meta["version"], meta.get("changes", 0)
                return State(
                    campaign=self.first,
                    contest=Contest.restored(arrays, meta),
                    learned=self._saved,
                    followed=self._followed,
                    reread=self._reread,
                )
            except (Damaged, ValueError, KeyError) as error:
                logger.warning(
                    "a policy cannot be read; it is learned again from the log",
                    campaign=self.campaign.name,
                    error=str(error),
                )
        self._saved = self._followed = 0
        return self._new()

    def _save_alone(self) -> None:
        with self._log.turn(self.stream):
            self._save()

    def _save(self) -> None:
        state = self._state
        if state is None or any(one.refit for one in state.contest.everyone):  # it is put there with it
            return
        if (state.n_changes, state.version) > (self._followed, self._saved):
            arrays, meta = state.contest.state()
            told = meta | {"version": state.version, "changes": state.n_changes}
            save(self._folder / "policy", arrays, told)
            self._saved, self._followed = state.version, state.n_changes


def _refitted(state: State) -> Record | None:
    """A refit that has come in."""
    return state.contest.refitted()


def _solved(state: State) -> Record | None:
    """New prices, if that is still due."""
    return solve_prices(state) if state.prices.is_due and state.prices.recent else None


def _keyed(state: State, stream: str, key: str) -> str:
    """The id of the decision with an idempotency key; raises ResourceNotFoundException."""
    if key not in state.by_key:
        raise ResourceNotFoundException(f"there is no event {key!r}")
    return decision_id(stream, state.by_key[key])
