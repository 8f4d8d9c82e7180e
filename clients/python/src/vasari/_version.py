"""Which version this is: that of the servers it was made for."""

__version__ = "0.1.0"
