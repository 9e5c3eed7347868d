"""Pages of the duty office: disputes, pending decisions, overview of all units."""
