"""Pages of a unit: inbox by urgency, signing."""
