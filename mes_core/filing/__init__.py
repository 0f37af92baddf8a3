"""Which filings the law asks for, by when, and what stands in them. Pure: events in, decisions out, the time given."""
