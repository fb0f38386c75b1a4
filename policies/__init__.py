"""What is allowed, and what must happen next: pure functions over values.

Everything here also runs inside Synapse's process, so it imports the standard library only. Nothing here reads
a clock, a network, a store or a log; where time matters it is an argument. Synapse's module, the bridge and the
robots ask the same functions, so that a rule holds at every door or at none.
"""
