"""Whether a server lives, and whether it may be given work: what a balancer or a cluster asks, without a log-in."""

from fastapi import APIRouter

from mes_core.web.port import MesDep

router = APIRouter()


@router.get("/api/health")
@router.get("/health/live")
def live() -> dict[str, str]:
    """Says that the process answers; it asks nothing of the store."""
    return {"status": "ok"}


@router.get("/health/ready")
def ready(mes: MesDep) -> dict[str, str]:
    """Says that the store answers too.

    Raises:
        Unavailable: it does not; a balancer sends requests elsewhere.
    """
    return {"status": "ready", "queues": "stand still after a restore" if mes.frozen() else "go on"}
