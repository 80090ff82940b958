"""Pictures are drawn without a screen, in tests and in the documents' examples alike."""

import os

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"

# No time is asserted in tests, that of a single example included.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
