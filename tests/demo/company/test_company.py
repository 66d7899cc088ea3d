"""The company's first week in short: a real server whose clock is turned, a real mailbox, real webhooks."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from rich.console import Console

from presage.beside import server_beside
from presage.config import load_config
from presage.demo.company.company import SMALL, Machine, run_company_demo

from ...running import free_port


@contextmanager
def served(folder, ahead, channels, databases):
    flags = {"data": folder, "port": free_port(), "workers": 1}
    config = replace(load_config(flags), clock_ahead_seconds=ahead, channels=channels, databases=databases)
    folder.mkdir(exist_ok=True)
    with server_beside(config):
        yield config.url


@pytest.mark.timeout(600)
def test_every_step_fails_once_and_every_user_is_told_exactly_once(tmp_path):
    console = Console(record=True, width=200, force_terminal=False)
    machine = Machine(data=tmp_path / "company", serve=served, mail_port=free_port())
    page = tmp_path / "company.html"
    run_company_demo(machine, out=page, console=console, size=SMALL)
    said = console.export_text()
    n_users = SMALL.world.n_users
    assert "5 faults, 5 notices, one run" in said
    assert f"Pushes: {n_users:,} to {n_users:,} of {n_users:,} users" in said
    sent, of = said.partition("Mails: ")[2].partition(" without")[0].split(" to ")
    assert of == f"{sent} of {sent}"
    html = page.read_text()
    assert all(f"<td>{step}</td>" in html for step in ("extract", "import", "train", "batch", "load"))
    assert html.count("<svg") == 3
