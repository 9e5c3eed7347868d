"""Reports: what was drawn up, as pages and as files; who opened them; drawing one up now."""
