"""What runs suites: a port to the queue, in-process runs with evidence, and the worker process."""

from bots.runtime.job_queue import Job, JobQueue, MesJobQueue
from bots.runtime.runner import Outcome, SuiteRunner
from bots.runtime.worker import Worker

__all__ = ["Job", "JobQueue", "MesJobQueue", "Outcome", "SuiteRunner", "Worker"]
