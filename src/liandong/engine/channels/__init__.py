"""Channels: notices that leave the pages, by SMS, e-mail or a person's telephone call, each with a receipt.

``plan`` turns notices of the log into messages (rules of the pack), ``sending`` claims, calls and records them, a lane for
each channel (``lanes``), ``engine.breaker`` spares a peer that fails, ``receipts`` hears what became of them, ``dead`` and
``phoning`` are what is left to people. Adapters (``http_gateway``, ``modem``, ``mail``) know no database.
"""
