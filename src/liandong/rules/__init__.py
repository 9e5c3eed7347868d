"""Floor 1: the law of the notice as pure functions and tables; no framework, no database, no clock."""
