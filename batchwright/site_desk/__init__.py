"""What the commands of `batchwright site` share: a visit to a site, and how its outcome is told."""
