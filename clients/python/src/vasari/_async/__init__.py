"""The client for programs that wait with `await`, of which the other one is made."""
