"""Registers (台账): entries beside the cases, changed only by ``store.act``, each with its append-only chained log."""
