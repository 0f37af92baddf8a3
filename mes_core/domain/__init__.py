"""What a batch may do and who may do it. Pure: no clock, no store, nothing of the other rooms."""
