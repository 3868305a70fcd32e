"""`qbank review`: imported papers gone through by a person, in a browser, on this machine only.

`fields`, `kinds`, `splitting` and `merging` are pure functions of questions, `session` holds a bank
that is being reviewed and saves it, `sources` finds the words a question came
from, `view` says what the page shows, `app` speaks HTTP and `serve` runs it.
"""
