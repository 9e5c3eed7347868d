"""From other systems (R2, R6; 12345: norms C1): one neutral message, however it comes, becomes commands on cases.

``parsing`` bytes → records · ``mapping`` records → ``message.Message`` · ``apply`` a message → commands, once and in any order ·
``aside`` what does not fit → the register ``quarantine``, and its repair · ``folder`` and ``view`` bring messages in ·
``status`` tells the other system what became of its cases · ``outgoing`` sends tickets to 12345, ``replies`` takes its answers ·
``trying`` shows what a text would become, and writes nothing · ``running`` is the worker's step.
"""
