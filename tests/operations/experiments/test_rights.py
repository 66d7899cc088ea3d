"""With access keys experiments are asked for as offers are."""

from ..decisions.test_rights import ask, secured

__all__ = ["secured"]


def test_a_key_may_do_what_it_allows(secured):
    app, master, decider = secured
    for name in ("x", "y"):
        assert ask(app, master, "campaigns", {"name": name, "offers": [{"id": "a"}]}).status == 201
    arms = [{"name": name, "target": name} for name in ("x", "y")]
    made = {"name": "e", "arms": arms}
    assert ask(app, None, "experiments", made).code == "MissingAuthenticationToken"
    assert ask(app, decider, "experiments", made).code == "AccessDeniedException"
    assert ask(app, master, "experiments", made).status == 201
    assert ask(app, decider, "experiments/e/decide", {"user": "ann"}).code == "AccessDeniedException"
    assert ask(app, master, "experiments/e/decide", {"user": "ann"}).json["arm"] in ("x", "y")
    assert [one["name"] for one in ask(app, master, "experiments?maxResults=1").json["experiments"]] == ["e"]
