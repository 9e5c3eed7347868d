"""Pages of an incident: its level, joint disposal, written reports, resources, the situation log, the review."""
