"""The facade: everything that others may ask of the MES."""

from mes_core.services.answers import Answers
from mes_core.services.batches.boards import Boards
from mes_core.services.batches.causes import CausesInHand
from mes_core.services.batches.checklists import Checklists
from mes_core.services.batches.closings import Closings
from mes_core.services.batches.decisions import Decisions
from mes_core.services.batches.filing_drafts import FilingDrafts
from mes_core.services.batches.filing_events import FilingEvents
from mes_core.services.batches.filings import Filings
from mes_core.services.batches.genealogy import Genealogies
from mes_core.services.batches.instruments import Instruments
from mes_core.services.batches.masters import Masters
from mes_core.services.batches.plant_boards import PlantBoards
from mes_core.services.batches.recorded_names import Names
from mes_core.services.batches.records import Records
from mes_core.services.batches.reviews import Reviews
from mes_core.services.batches.shipping import Shipping
from mes_core.services.batches.supply import Supply
from mes_core.services.batches.trends import Trends
from mes_core.services.batches.ways_out import WaysOut
from mes_core.services.journeys.calendar import Calendars
from mes_core.services.journeys.custody import Custodies
from mes_core.services.journeys.data import LogisticsData
from mes_core.services.journeys.forecasts import Forecasts
from mes_core.services.journeys.labels import Labels
from mes_core.services.journeys.logger_files import LoggerFiles
from mes_core.services.journeys.options import WayOptions
from mes_core.services.journeys.packing import Packings
from mes_core.services.journeys.tracked import Tracked
from mes_core.services.journeys.weeks import Weeks
from mes_core.services.models.model_watch import ModelWatch
from mes_core.services.models.prediction_boards import PredictionBoards
from mes_core.services.models.predictive import Predictive
from mes_core.services.notices import Notices
from mes_core.services.people.accounts import Accounts
from mes_core.services.people.administration import Administration
from mes_core.services.people.approvals import Approvals
from mes_core.services.people.plant_settings import PlantSettings
from mes_core.services.people.qualifications import Qualifications
from mes_core.services.trail.checks import Trail
from mes_core.services.trail.evidence import Evidence
from mes_core.services.waiting import Waiting
from mes_core.services.work.effects import Effects
from mes_core.services.work.figures import Watching
from mes_core.services.work.items import Work
from mes_core.services.work.jobs import Jobs
from mes_core.services.work.reconciling import Reconciling
from mes_core.services.work.schedules import Schedules
from mes_core.services.work.steps import Steps


class Mes(
    Accounts,
    Administration,
    Approvals,
    PlantSettings,
    Qualifications,
    Masters,
    Records,
    Boards,
    PlantBoards,
    Names,
    Genealogies,
    Instruments,
    Reviews,
    Decisions,
    Closings,
    CausesInHand,
    Checklists,
    Trends,
    WaysOut,
    Supply,
    Shipping,
    FilingEvents,
    FilingDrafts,
    Filings,
    LogisticsData,
    Packings,
    WayOptions,
    Calendars,
    Forecasts,
    Tracked,
    Labels,
    Custodies,
    LoggerFiles,
    Weeks,
    Work,
    Effects,
    Jobs,
    Steps,
    Schedules,
    Reconciling,
    Predictive,
    PredictionBoards,
    ModelWatch,
    Trail,
    Evidence,
    Waiting,
    Notices,
    Watching,
    Answers,
):
    """All use cases. Each method is one transaction with its audit entries; refusals are `DomainError`s.

    They stand side by side: what one needs of another is a function that both import, never a method on `self`. Small
    bases alone are shared (`Core`, `SignedActs`, `RulesInForce`).
    """
