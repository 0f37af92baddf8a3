"""The audit trail as a whole: verified, signed as a checkpoint, proven."""
