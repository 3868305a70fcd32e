"""Papers by the million: reading, checking and exporting as pure functions over partitions, on whatever runs them.

A partition is a few inputs and the one output they make; what is written
depends on the inputs alone, never on who ran it or in which order. So the
same work can run in this process, in several, or on a cluster, be stopped at
any moment and taken up again, and the bytes are the same.
"""
