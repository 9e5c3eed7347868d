"""A unit's workbench: its inbox by urgency, working on a case beside the list, what its forms need."""
