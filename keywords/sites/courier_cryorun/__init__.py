"""CryoRun, a courier portal for cryogenic shippers: slots and bookings."""
