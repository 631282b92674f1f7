"""One package a vendor; vendor words stop here. `base` is the contract, `http` the one client."""
