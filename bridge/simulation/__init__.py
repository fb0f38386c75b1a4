"""Days that never were: the real desk, rules and database, with simulated people, homeserver and time.

    chaperone simulate ─▶ day ─▶ people act ─▶ house (Works on SQLite) ─▶ homeserver in memory
                           │                      └─ crashes at random points, and starts again
                           └─ after each step ─▶ invariants        at the end ─▶ figures ─▶ chart

An admin tries their routing and deadlines here before guests meet them, and `make prove` looks for an order of events
that breaks a promise. One seed is one day: a breach can be played again.
"""
