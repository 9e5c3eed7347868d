"""Pages of the 110 desk: queues, registering a call, suggestions."""
