"""The game's demonstration against a real server."""

import io

import numpy as np
import pytest
from rich.console import Console

from presage.demo import DemoError, Steps
from presage.demo.calls import Calls
from presage.demo.game import OFFER_IDS, Game
from presage.demo.game_story import shares
from presage.demo.offers import run_game, run_offers_demo
from presage.worlds.game import COST, OFFERS, GameWorld

from .stories import game_story


@pytest.fixture(scope="module")
def played(server):
    """(game, weeks, report) of some players."""
    calls = Calls(server.url)
    game = Game(calls=calls, world=GameWorld(n_players=40, seed=9), name="played", n_weeks=3)
    game.declare()
    weeks = list(game.weeks(lambda done: None))
    yield game, weeks, calls("GET", "/decisions/campaigns/played/report")
    calls.close()


def test_every_player_has_a_decision_a_week_and_all_are_rewarded(played):
    game, weeks, report = played
    assert [len(week.decisions) for week in weeks] == [40, 40, 40]
    assert (report["decisions"], report["rewarded"]) == (120, 120)
    assert sum(report["given"].values()) == 120
    own = next(one for one in report["values"] if one["policy"] == "logging")
    assert own["value"] == pytest.approx(np.mean([week.paid for week in weeks]))
    spent = sum(float(COST[week.shown].sum()) for week in weeks)
    assert report["budget"]["amount"] == game.budget
    assert report["budget"]["spent"] == pytest.approx(spent)
    assert 0 < spent <= game.budget == 240
    assert game.calls("GET", "/features/played")["events"]["folded"] == sum(week.n_events for week in weeks)


def test_what_was_decided_was_shown_and_what_was_known_came_from_the_events(played):
    game, weeks, _ = played
    for player in (0, 17, 39):
        decided = game.calls("GET", f"/decisions/log/{weeks[1].decisions[player]['decisionId']}")
        shown = int(weeks[1].shown[player])
        assert (decided["offer"] or {"id": "no-offer"})["id"] == (
            OFFER_IDS[shown - 1] if shown else "no-offer"
        )
        assert decided["reward"] == pytest.approx(weeks[1].paid[player])
        first = game.calls("GET", f"/decisions/log/{weeks[0].decisions[player]['decisionId']}")
        assert first["context"]["games"] >= 1
        assert first["context"]["lately in the shop"] == first["context"]["bought lately"] == 0
        assert decided["context"]["connected"] == float(game.world.is_connected[player])
        assert sum(decided["context"][name] for name in decided["context"] if "from" in name) == 1
        of_offers = OFFERS[weeks[0].shown[player]].price
        in_shop = [weeks[0].paid[player], weeks[0].paid[player] - of_offers]  # it was bought, or not
        assert np.expm1(decided["context"]["lately in the shop"]) in [pytest.approx(one) for one in in_shop]


def test_a_page_is_left_and_a_table_told(server, tmp_path):
    console = Console(file=io.StringIO(), width=120)
    run_offers_demo(server.url, out=tmp_path / "page.html", console=console, n_players=30, n_weeks=2)
    told, page = console.file.getvalue(), (tmp_path / "page.html").read_text()
    for name in ("no offer", "fixed split", "best offer for all", "presage", "each player's best", "logging"):
        assert name in told
    assert "Offers of presage may give away 120 in all weeks" in told
    assert "60 of 60 decisions come out of the log again" in told
    assert "30 players of a simulated game, 2 weeks" in " ".join(page.split())


def test_regret_is_what_is_lost_to_the_best_so_far():
    told = game_story()
    assert told.regret == {"presage": pytest.approx([1, 1.5]), "fixed split": pytest.approx([1, 2])}
    assert told.n_held == 1


def test_what_was_spent_stands_beside_the_budget():
    told = game_story()
    assert told.so_far == {"the budget in equal parts": [3, 6], "given away": [2, 5]}
    assert told.spending == [(1, 2, pytest.approx(1 / 3)), (2, 5, pytest.approx(5 / 6))]


def test_ways_to_show_offers_are_worth_what_they_show():
    value = np.array([[1.0, 3.0, 0.0], [2.0, 1.0, 4.0]])
    worth = {name: (share * value).sum(axis=1).mean() for name, share in shares(value).items()}
    assert worth == {"no offer": 1.5, "fixed split": 2, "best offer for all": 2, "each player's best": 3.5}


def test_what_a_server_refuses_is_said_in_one_line(server):
    calls = Calls(server.url)
    with pytest.raises(DemoError, match=r"^GET /decisions/campaigns/nothing: .*nothing"):
        calls("GET", "/decisions/campaigns/nothing")
    calls.close()
    with pytest.raises(DemoError, match=r"^PUT /features/game-.*refused"):
        run_game("http://127.0.0.1:9", Steps(Console(quiet=True)), n_players=5, n_weeks=1)
