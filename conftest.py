"""Pictures are drawn without a screen, and signals are heard, in tests and in the documents' examples alike."""

import os
import signal
import threading

from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"
# Several processes of tests share the cores: OpenMP's threads that wait by spinning would take them from the others.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# No time is asserted in tests, that of a single example included.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# nohup and shells that start the tests in the background have them, and what they start, ignore these.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
