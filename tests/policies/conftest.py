"""How hard hypothesis tries: a slice that is the same in every run, or (`make prove`) as much as it likes."""

import os

from hypothesis import settings

settings.register_profile("slice", derandomize=True, max_examples=100, deadline=None, database=None)
settings.register_profile("prove", max_examples=2000, deadline=None)
settings.load_profile("prove" if os.environ.get("CHAPERONE_PROVE") else "slice")
