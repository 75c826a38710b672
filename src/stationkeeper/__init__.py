"""stationkeeper: what happens when a partner, a module or a vehicle leaves a crewed space station."""

__version__ = "0.1.0"
