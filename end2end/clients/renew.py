"""Renews what is generated of the clients, with the help of a server: `cargo xtask clients`."""

import sys

from conftest import ROOT, serve

sys.path.insert(0, str(ROOT / "clients"))
import generate_sync  # noqa: E402
import generate_types  # noqa: E402

with serve() as address:
    generate_types.main(address)
generate_sync.main()
