"""The files in `deploy/` say what the command and the configuration know."""

import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import typer
import yaml

from presage.cli import main
from presage.config import Config

DEPLOY = Path(__file__).parents[1] / "deploy"
FILES = sorted(one for one in DEPLOY.rglob("*") if one.is_file())
TEXT = {one: one.read_text() for one in FILES}
COMPOSE = yaml.safe_load(TEXT[DEPLOY / "compose/compose.yaml"])
SETTINGS = {f"PRESAGE_{one.name.upper()}" for one in fields(Config)}
WORDS = re.compile(r"""[\w./${}:-]+""")


def commands():
    """(file, words) of each place that runs `presage`: shell lines, and YAML lists that begin with a command."""
    known = "|".join(typer.main.get_command(main).commands)
    for file, text in TEXT.items():
        for line in text.splitlines():
            found = re.search(rf"(?:^|[\s/;=])presage ((?:{known})\b.*)", line)
            listed = re.search(rf"(?:args|command): \[((?:{known})\b.*)\]", line)
            if found or listed:
                yield file, WORDS.findall((found or listed)[1])


@pytest.mark.parametrize(("file", "words"), list(commands()), ids=lambda one: getattr(one, "name", None))
def test_every_command_and_flag_exists(file, words):
    command = typer.main.get_command(main)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{file}: there is no command {words[0]}"
        command = command.commands[words.pop(0)]
    flags = {flag for parameter in command.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= flags


def test_commands_are_found_at_all():
    assert {file.suffix for file, _ in commands()} >= {".yaml", ".sh", ".service", ".txt"}


def test_every_setting_exists():
    used = {word for text in TEXT.values() for word in re.findall(r"PRESAGE_\w+", text)}
    assert used >= {"PRESAGE_DATABASE", "PRESAGE_OBJECT_STORE"}
    assert used <= SETTINGS | {"PRESAGE_"}


def test_the_compose_file_names_what_there_is():
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            there = (DEPLOY / "compose" / source).exists() if source.startswith("./") else False
            assert there or source in COMPOSE["volumes"], f"{name}: {source}"
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
    build = COMPOSE["x-presage"]["build"]
    assert (DEPLOY / "compose" / build["context"] / build["dockerfile"]).is_file()


def test_what_is_built_into_the_image_is_there():
    root = DEPLOY.parent
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", TEXT[DEPLOY / "Containerfile"], re.MULTILINE)
    for name in " ".join(copied).split():
        assert (root / name).exists(), name
        assert f"!{name}" in TEXT[DEPLOY / "Containerfile.dockerignore"].split(), name


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda one: one.name)
def test_scripts_can_be_read(script):
    subprocess.run(["/bin/sh", "-n", script], check=True)


def test_the_chart_has_every_value_that_its_templates_read():
    values = yaml.safe_load(TEXT[DEPLOY / "helm/presage/values.yaml"])
    read = {path for text in TEXT.values() for path in re.findall(r"\.Values\.([\w.]+)", text)}
    assert len(read) > 20
    for path in read:
        held = values
        for name in path.split("."):
            assert name in held, path
            held = held[name]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_understands_the_units(tmp_path):
    for unit in (DEPLOY / "systemd").iterdir():
        program = Path(sys.executable).with_name("presage")
        (tmp_path / unit.name).write_text(TEXT[unit].replace("/opt/presage/bin/presage", str(program)))
    units = sorted(tmp_path.iterdir())
    found = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")
