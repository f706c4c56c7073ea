"""One module per command (or a few that belong together); `listener.cli` registers them."""
