"""What commands, demo and practice stand on: settings, wiring, keys, servers, forms of answers, refusals."""
