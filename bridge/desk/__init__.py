"""The life of an issue at work: the verbs people use, what follows from them, and doing it exactly once."""
