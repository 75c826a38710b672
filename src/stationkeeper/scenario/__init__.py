"""What happens: a station, a start, a horizon and a timeline of events."""
