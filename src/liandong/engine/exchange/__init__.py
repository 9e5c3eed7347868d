"""The exchange of two instances that do not call each other: numbered, signed, sealed files through two folders.

``identity`` keys and the other side · ``envelope`` the file itself · ``frames`` what stands in it · ``outgoing`` and
``incoming`` · ``receipts`` · ``ordering`` orders of the other side · ``quarantine`` · ``standing`` how it stands ·
``running`` the worker's step. docs/decisions/060.
"""
