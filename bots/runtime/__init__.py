"""What runs suites: a port to the queue, in-process runs with evidence, the worker process and who keeps it alive."""
