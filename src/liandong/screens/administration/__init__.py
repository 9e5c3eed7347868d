"""District administration: units, people, duties, rosters, calendars, texts, knowledge, accounts."""
