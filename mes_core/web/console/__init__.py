"""Pages for people: the list of exceptions, one batch, its findings, and the signature."""
