"""Drag fitted to what flew: the product Cd * A / m from ephemerides and element histories, and the burns found in them."""
