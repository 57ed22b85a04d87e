"""One study, several hosts: each store here is a host of its own, on a real PostgreSQL."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.store import hosts, shared
from workbench.store.history import History
from workbench.store.shared import SharedStore
from workbench.store.trials import Counts, Elsewhere
from workbench.study.identity import identity
from workbench.study.spec import BudgetSpec, StudySpec
from workbench.study.trial import Epoch, Outcome, Trial

Join = Callable[..., SharedStore]


@pytest.fixture
def join(database: str, fake: ModuleType, request: pytest.FixtureRequest) -> Iterator[Join]:
    """Another host of the test's study."""
    name = re.sub(r"\W", "-", request.node.name).strip("-")
    joined: list[SharedStore] = []

    def join(total: int = 30, **search: Any) -> SharedStore:
        study = of(fake, total, **search).model_copy(update={"name": name})
        joined.append(SharedStore.open(database, study, identity=identity(study)))
        return joined[-1]

    yield join
    for store in joined:
        store.close()


def of(fake: ModuleType, total: int, **search: Any) -> StudySpec:
    spec: StudySpec = fake.spec(**{"sampler": "random", "pruner": "none"} | search)
    return spec.model_copy(update={"budget": BudgetSpec(trials=total)})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that shows no life for some seconds is dead."""
    monkeypatch.setenv(hosts.SILENCE, "4")


def die(store: SharedStore) -> None:
    """As a process does that is killed on another machine, whose lock nobody here can see."""
    store._host._over.set()
    store._host._thread.join()
    store._host._path.unlink()


def alive(store: SharedStore) -> set[str]:
    with store._database.engine.connect() as connection:
        return store._host.alive(connection)


def work(fake: ModuleType, store: SharedStore, many: int) -> list[int]:
    """Train so many trials, as far as there are any, and write once: their numbers."""
    asked = store.ask(many)
    store.tell([trained(fake, trial) for trial in asked])
    store.flush()
    return [trial.number for trial in asked]


def trained(fake: ModuleType, trial: Trial) -> Outcome:
    curve = tuple(fake.epoch_of(trial, epoch) for epoch in range(1, fake.EPOCHS + 1))
    return Outcome(trial.number, "complete", curve, 0.25, 1234)


def undisturbed(fake: ModuleType, total: int, **search: Any) -> dict[int, Any]:
    store = fake.open_store("alone.journal", of(fake, total, **search))
    work(fake, store, total)
    return curves(store.history())


def curves(history: History) -> dict[int, Any]:
    assert all(row.state == "complete" for row in history.rows)
    return {row.number: (row.point, row.curve) for row in history.rows}


def until(true: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("sampler", ["random", "qmc"])
def test_two_hosts_train_what_one_would_have(sampler: str, join: Join, fake: ModuleType) -> None:
    first, second = join(40, sampler=sampler), join(40, sampler=sampler)
    shares: list[list[int]] = [[], []]
    while True:
        now = [work(fake, first, 3), work(fake, second, 5)]
        if now == [[], []]:
            break
        shares = [before + more for before, more in zip(shares, now, strict=True)]
    assert all(shares)
    assert sorted(shares[0] + shares[1]) == list(range(40))
    assert curves(first.history()) == undisturbed(fake, 40, sampler=sampler)
    assert first.elsewhere() == second.elsewhere() == Elsewhere()
    assert first.counts() == second.counts() == Counts(complete=40)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("known", ["by its silence", "by its lock"])
def test_what_a_dead_host_had_is_asked_for_again_once(known: str, join: Join, fake: ModuleType) -> None:
    first, second, third = join(12), join(12), join(12)
    mine = [trial.number for trial in first.ask(4)]
    first.flush()
    rest = work(fake, second, 99)
    assert sorted(mine + rest) == list(range(12))
    assert second.elsewhere() == Elsewhere(running=4)
    if known == "by its silence":
        die(first)
    else:
        first._host._over.set()  # on this machine: the system takes its lock back
        first._host._lock.release()
    until(lambda: second.elsewhere() == third.elsewhere() == Elsewhere(free=4))
    again = [work(fake, second, 2), work(fake, third, 1), work(fake, second, 99), work(fake, third, 99)]
    assert sorted(number for numbers in again for number in numbers) == sorted(mine)
    assert again[3] == []
    assert curves(third.history()) == undisturbed(fake, 12)


@pytest.mark.usefixtures("impatient")
def test_a_host_that_comes_back_counts_nothing_twice(join: Join, fake: ModuleType) -> None:
    first, second = join(4), join(4)
    mine = first.ask(4)
    first.flush()
    die(first)
    until(lambda: second.elsewhere().free == 4)
    theirs = second.ask(4)
    second.tell([trained(fake, theirs[0])])
    second.flush()
    told = first.tell([trained(fake, trial) for trial in mine[:2]])  # it has been asleep, and knows nothing
    assert [row.number for row in told] == [0, 1]
    first.flush()
    assert first.report({2: fake.epoch_of(mine[2], 1), 3: fake.epoch_of(mine[3], 1)}) == {2, 3}
    [row] = first.tell([trained(fake, mine[2])])
    assert (row.number, row.curve) == (2, trained(fake, mine[2]).curve)
    first.release()
    first.flush()
    assert first.counts().total == 1
    assert [row.state for row in first.history().rows] == ["complete", "running", "running", "running"]
    second.tell([trained(fake, trial) for trial in theirs[1:]])
    assert curves(second.history()) == undisturbed(fake, 4)
    assert first.ask(1) == []
    assert first.counts() == second.counts() == Counts(complete=4)


def test_an_observer_that_could_not_look_declares_nobody_dead(join: Join) -> None:
    first, second = join(), join()
    die(first)
    host = second._host
    host._over.set()
    host._thread.join()
    host._looked -= 3600  # it was stopped for an hour, or the database was away
    host._beat()
    assert first._host.name in alive(second)
    for _ in range(hosts.BEATS):
        host._looked -= hosts.SILENT / hosts.BEATS
        host._beat()
    assert first._host.name not in alive(second)


def test_a_host_that_has_just_joined_is_not_taken_for_dead(join: Join) -> None:
    first = join(4)
    second = join(4)  # first has not looked since
    assert [trial.number for trial in second.ask(2)] == [0, 1]
    assert [trial.number for trial in first.ask(4)] == [2, 3]
    assert first.elsewhere() == Elsewhere(running=4)


def test_what_one_host_releases_another_trains(join: Join, fake: ModuleType) -> None:
    first, second = join(3), join(3)
    first.ask(3)
    assert second.ask(1) == []
    assert second.elsewhere() == Elsewhere(running=3)
    first.release()
    first.flush()
    assert second.elsewhere() == Elsewhere(free=3)
    assert work(fake, second, 9) == [0, 1, 2]
    assert curves(second.history()) == undisturbed(fake, 3)


def test_what_others_told_is_learned_from(join: Join, fake: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "QUICKLY", 0.0)  # one trial a claim, and no write without reading
    monkeypatch.setattr(shared, "LATE", 0.0)
    first, second = join(24, sampler="tpe"), join(24, sampler="tpe")
    alone = fake.open_store("alone.journal", of(fake, 24, sampler="tpe"))
    for store in (first, second) * 12:  # each knows all that was told before, as one host would
        work(fake, store, 1)
        work(fake, alone, 1)
    assert curves(first.history()) == curves(alone.history())


def test_rungs_are_judged_by_the_reports_of_all_hosts(join: Join, fake: ModuleType) -> None:
    first, second = join(6, pruner="halving"), join(6, pruner="halving")
    [good], [bad] = first.ask(1), second.ask(1)
    assert first.report({good.number: Epoch(1, 1, 1, 1, 0.9)}) == set()
    first.flush()
    second._read_at = -math.inf
    second.flush()  # reads, too
    assert second.report({bad.number: Epoch(1, 1, 1, 1, 0.1)}) == {bad.number}


def test_a_host_that_joins_later_goes_on(join: Join, fake: ModuleType) -> None:
    work(fake, join(5), 9)
    store = join(9)
    assert store.counts().total == 5
    assert work(fake, store, 9) == [5, 6, 7, 8]
    assert store.counts() == Counts(complete=9)
    assert curves(store.history()) == undisturbed(fake, 9)


# -- the server goes away ---------------------------------------------------------------------------------------


def test_what_is_told_while_the_server_is_away_is_written_later(
    join: Join, database: str, servers: Any, fake: ModuleType
) -> None:
    store = join(8)
    said: list[str] = []
    store.say = said.append
    before = store.ask(3)
    store.flush()
    with servers.gone(database):
        store.tell([trained(fake, trial) for trial in before])
        store.flush()
        assert store.away
        ahead = store.ask(99)  # what was claimed already
        store.tell([trained(fake, trial) for trial in ahead])
        assert store.ask(1) == []
        assert store.away

    def there() -> bool:
        store.flush()
        return not store.away

    until(there)
    while work(fake, store, 9) or store.elsewhere().free:
        pass
    assert curves(store.history()) == undisturbed(fake, 8)
    assert "is away: training goes on" in said[0]
    assert "is there again, after" in said[1]


def test_a_server_that_stays_away_ends_the_command(
    join: Join, database: str, servers: Any, fake: ModuleType
) -> None:
    store = join(4)
    store.tell([trained(fake, trial) for trial in store.ask(2)])
    store.patience = 0.5
    with (
        servers.gone(database),
        pytest.raises(WorkbenchError, match="2 trials that ended meanwhile are not stored"),
    ):
        store.history()
    store.patience = 60


def test_an_answer_that_is_lost_after_the_write_does_no_harm(join: Join, fake: ModuleType) -> None:
    import psycopg

    store = join(6)
    dialect: Any = store._database.engine.dialect
    commit = dialect.do_commit

    def lose_the_answer(connection: Any) -> None:
        commit(connection)
        dialect.do_commit = commit
        raise psycopg.OperationalError("the connection is lost")

    store._host._over.set()  # its heartbeat would lose it
    store._host._thread.join()
    dialect.do_commit = lose_the_answer
    assert store.ask(1) == []  # it is claimed in the database, and nobody knows
    store._again_at = 0.0
    [trial] = store.ask(1)
    assert trial.number == 0
    for step in ("drawn", "reported", "told"):
        if step == "reported":
            store.report({0: fake.epoch_of(trial, 1)})
        if step == "told":
            store.tell([trained(fake, trial)])
        dialect.do_commit = lose_the_answer
        store.flush()
        assert store.away
        store._again_at = 0.0
        store.flush()
        assert not store.away
    assert work(fake, store, 9) == [1, 2, 3, 4, 5]
    assert curves(store.history()) == undisturbed(fake, 6)


# -- before and after the search ----------------------------------------------------------------------------------


def test_one_host_finishes(join: Join) -> None:
    first, second = join(), join()
    assert first.may_finish() is None
    assert "is being finished on" in str(second.may_finish())
    first.close()  # it was interrupted
    assert second.may_finish() is None
    third = join()
    second.finished()
    assert "has been finished on" in str(third.may_finish())
    assert join().may_finish() is None  # a later command looks whether anything is left to do


@pytest.mark.usefixtures("impatient")
def test_nobody_finishes_while_others_train(join: Join) -> None:
    first, second = join(2), join(2)
    first.ask(1)
    assert second.may_finish() == "1 trials are in training on other hosts"
    die(first)
    until(lambda: second.may_finish() is None)


def test_another_study_of_this_name_is_refused_before_the_first_trial(
    join: Join, database: str, fake: ModuleType
) -> None:
    store = join(seed=0)
    assert store.counts().total == 0
    with pytest.raises(WorkbenchError, match=r"search\.seed: 0 -> 1"):
        join(seed=1)


def test_a_wrong_word_for_the_silence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(hosts.SILENCE, "soon")
    with pytest.raises(WorkbenchError, match="WORKBENCH_HOST_TIMEOUT=soon"):
        hosts.silence()
