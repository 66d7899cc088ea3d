"""The `presage` command: each room's commands, put together."""

import typer

from presage.backups.command import backups
from presage.moving.command import moving
from presage.ope import ope
from presage.simulate import simulate_command
from presage.transforms.command import features_command

from .delivering import delivering
from .keys import keys_command
from .looking import looking
from .pipelines import pipeline_command
from .pricing import price_command
from .serving import serving
from .showing import showing
from .watching import alarms_command, health_command

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Recommendations and forecasts behind the AWS APIs, from models that presage trains itself.",
    epilog="Example: presage serve --data ./shop --port 4600",
)
offline = typer.Typer()
offline.command(epilog="Example: presage ope log.csv --context country,level")(ope)
for commands in (serving, showing, looking, delivering, moving, backups, offline):
    main.add_typer(commands)
main.add_typer(keys_command, name="keys")
main.add_typer(features_command, name="features")
main.add_typer(pipeline_command, name="pipeline")
main.add_typer(health_command, name="health")
main.add_typer(alarms_command, name="alarms")
main.add_typer(price_command, name="price")
main.add_typer(simulate_command, name="simulate")
