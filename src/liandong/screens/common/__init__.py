"""What every page shares: layout, labels, times, forms generated from the command table, the one way to send."""
