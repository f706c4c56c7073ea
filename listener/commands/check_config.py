"""`listener check-config`: is the configuration right, and what does it say?"""

import typer

from listener.commands.options import DEFAULT_CONFIG, ConfigOption
from listener.service import make_connectors, make_routes
from listener.settings import load_settings


def check_config(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Check a configuration without starting anything.

    Exit code 0 if it is right, 2 with the file, the place and the mend if not.

    Example: listener check-config --config config/listener.yaml
    """
    settings = load_settings(config)
    make_connectors(settings)
    routes = make_routes(settings)
    engine = settings.broker or f"embedded, state in {settings.data_dir}/"
    connectors = ", ".join(connector.name for connector in settings.connectors)
    typer.echo(f"{config}: right")
    typer.echo(f"brands:     {', '.join(brand.name for brand in settings.brands)}")
    typer.echo(f"connectors: {connectors or 'none: nothing will be heard'}")
    typer.echo(f"sinks:      {', '.join(route.sink.name for route in routes) or 'none'}")
    typer.echo(f"engine:     {engine}")
