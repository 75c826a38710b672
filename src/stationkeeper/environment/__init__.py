"""What surrounds a station: the air, space weather, the Sun and the Moon, Earth orientation."""
