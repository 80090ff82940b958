"""Pictures are drawn without a screen, in tests and in the documents' examples alike."""

import os

os.environ["MPLBACKEND"] = "Agg"
