"""Understanding a text: emergency, matter, place and unit, each with its reason. Plain values, no framework."""
