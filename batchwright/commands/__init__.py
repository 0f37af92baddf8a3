"""What `batchwright` can be asked to do: one file for each command or group of commands, none known to another room."""
