"""Servers on loopback that speak the protocols of the sources."""
