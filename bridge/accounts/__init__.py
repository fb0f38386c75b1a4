"""Who one is: principals, their passwords, the tokens they are given, and the sessions those belong to."""
