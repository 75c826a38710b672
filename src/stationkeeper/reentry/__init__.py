"""From 200 km to the ground: entry, break-up, footprint, risk to people; planned deorbit."""
