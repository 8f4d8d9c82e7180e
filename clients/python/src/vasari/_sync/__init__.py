"""The client for programs that wait. Its files are made of those in `_async`."""
