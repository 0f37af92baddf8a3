"""Which filings a history of events asks for, worked out from the clauses with a paper calendar.

It shares nothing with `mes_core.filing`: weekdays, holidays, daylight saving and the ends of months are its own, and
the clauses are written out one after another, each with its conditions in an order that can be read against the law.
"""

# ruff: noqa: SIM102 - one condition of the law a line

from datetime import date, timedelta

from paper_calendar import (
    DAY,
    date_in,
    end_of,
    free_in_amsterdam,
    free_in_washington,
    months_later,
    working_days_later,
)

HOME = {"US": "New York", "EU": "Amsterdam", "GB": "London", "CH": "Zurich"}
QUALITY = ("deviation", "late_positive", "out_of_specification_result", "excursion", "defect")
REACTION = ("adverse_experience", "adverse_experience_follow_up")


def said(event, fact):
    return event["answers"].get(fact, "unknown")


def may_be(event, *facts):
    return all(said(event, fact) != "no" for fact in facts)


def concerns_place(event, where):
    return event["places"] is None or where in event["places"]


def concerns_licensed(event, where, licences):
    own = [one for one in licences if one["product"] == event["product"]]
    if any(one["jurisdiction"] == where for one in own):
        return True
    if concerns_place(event, where):
        return True
    return not own


def bound(event, where, licences, *roles):
    known = [one for one in licences if one["product"] == event["product"] and one["jurisdiction"] == where]
    return not known or any(set(roles) & set(one["roles"]) for one in known)


def is_holder_for_sure(event, where, licences):
    known = [one for one in licences if one["product"] == event["product"] and one["jurisdiction"] == where]
    return any("holder" in one["roles"] for one in known)


def cleaned(events):
    """Without what was withdrawn; what is known from several sources counts once, from the first day on any calendar.

    None of the sources can take away what another one leaves open: only what all say ends anything.
    """
    given = {one["id"]: one for one in events}
    told = {}
    for one in events:
        first, steps = one, 0
        while first.get("duplicate_of") in given:
            first, steps = given[first["duplicate_of"]], steps + 1
        if not one.get("withdrawn"):
            told.setdefault(first["id"], []).append((steps, one["id"], one))
    found = []
    for reports in told.values():
        every = [one for *_, one in sorted(reports, key=lambda each: each[:2])]
        one = dict(every[0])
        one["aware"] = min(each["aware"] for each in every)
        one["zero"] = min(date_in(each["aware"], each["zone"]) for each in every)
        for name in ("product", "batch", "case", "on"):
            one[name] = next((each[name] for each in every if each[name]), None)
        one["days"] = [each["on"] for each in every]
        anywhere = any(each["places"] is None for each in every)
        one["places"] = None if anywhere else {place for each in every for place in each["places"]}
        one["answers"] = {}
        for fact in {fact for each in every for fact in each["answers"]}:
            words = [said(each, fact) for each in every]
            ending = "yes" if fact == "mra_or_exemption" else "no"
            one["answers"][fact] = ending if all(word == ending for word in words) else "unknown"
        found.append(one)
    return found


def expected(events, licences, as_of):
    """Every filing that should stand at a moment.

    Returns:
        Clock, unit, occurrence and due time (UTC, ISO; empty where the clause gives no time) of each.
    """
    found = set()
    for event in cleaned(events):
        found |= of_quality(event, licences)
        found |= of_reaction(event, licences)
        found |= of_other(event, licences, as_of)
    for licence in licences:
        found |= of_licence(licence, as_of)
    return {(clock, unit, occurrence, due.isoformat() if due else "") for clock, unit, occurrence, due in found}


def of_quality(event, licences):
    if event["kind"] not in QUALITY:
        return set()
    found, key, aware = set(), event["id"], event["aware"]
    zero = event["zero"]
    if concerns_place(event, "US") and bound(event, "US", licences, "holder"):
        # 21 CFR 600.14: distributed, may affect safety, purity or potency, under control: 45 calendar days
        if may_be(event, "distributed", "may_affect_safety", "under_control"):
            found.add(("US-BPD", key, key, end_of(zero + 45 * DAY, "New York")))
    if concerns_place(event, "EU") and bound(event, "EU", licences, "manufacturer", "importer"):
        # Directive (EU) 2017/1572 Art. 13: a defect that could result in a recall or abnormal restriction: at once, to
        # the authority and to the holder; who imports is a manufacturer (Art. 2), who holds needs not tell themselves
        if may_be(event, "may_mean_recall_or_restriction"):
            found.add(("EU-DEFECT", key, key, aware))
            if not is_holder_for_sure(event, "EU", licences):
                found.add(("EU-DEFECT-HOLDER", key, key, aware))
    if concerns_place(event, "GB") and bound(event, "GB", licences, "holder", "manufacturer"):
        # MHRA DMRC: a suspected defect at once; class 3 within 5 days. One that may end in a recall is one, too
        if may_be(event, "distributed") and any(
            may_be(event, fact) for fact in ("may_affect_safety", "may_mean_recall_or_restriction")
        ):
            if said(event, "graver_than_class_3") == "no":
                found.add(("UK-DEFECT-3", key, key, end_of(zero + 5 * DAY, "London")))
            else:
                found.add(("UK-DEFECT", key, key, aware))
    swiss = any((one["product"], one["jurisdiction"]) == (event["product"], "CH") for one in licences)
    here = swiss or concerns_place(event, "CH")
    if here and bound(event, "CH", licences, "holder", "manufacturer"):
        # VAM Art. 61(6), 62(3): a suspected defect at once, at the latest 15 days
        if may_be(event, "distributed") and any(
            may_be(event, fact) for fact in ("may_affect_safety", "may_mean_recall_or_restriction")
        ):
            found.add(("CH-DEFECT", key, key, end_of(zero + 15 * DAY, "Zurich")))
    return found


def of_reaction(event, licences):
    found, key, case = set(), event["id"], event["case"] or event["id"]
    zero = event["zero"]
    if event["kind"] in REACTION:
        serious, unexpected = may_be(event, "serious"), may_be(event, "unexpected")
        if concerns_licensed(event, "US", licences) and serious:
            # 600.80(c)(1): applicant 15 calendar days; others 5 to the applicant, expected or not
            if unexpected and bound(event, "US", licences, "holder"):
                found.add(("US-AE-15", case, key, end_of(zero + 15 * DAY, "New York")))
            others = bound(event, "US", licences, "manufacturer", "importer")
            if others and not is_holder_for_sure(event, "US", licences):
                found.add(("US-AE-5", case, key, end_of(zero + 5 * DAY, "New York")))
        for where, name in (("EU", "EU"), ("GB", "UK")):
            if not bound(event, where, licences, "holder"):
                continue
            if serious and concerns_licensed(event, where, licences):
                found.add((f"{name}-AE-15", case, key, end_of(zero + 15 * DAY, HOME[where])))
            if not serious and concerns_place(event, where):
                found.add((f"{name}-AE-90", case, key, end_of(zero + 90 * DAY, HOME[where])))
        if concerns_place(event, "CH") and bound(event, "CH", licences, "holder", "manufacturer"):
            # VAM Art. 62(1): serious 15 days; not serious and not known so far 60
            if serious:
                found.add(("CH-AE-15", case, key, end_of(zero + 15 * DAY, "Zurich")))
            if not serious and unexpected:
                found.add(("CH-AE-60", case, key, end_of(zero + 60 * DAY, "Zurich")))
    if event["kind"] == "expanded_access_reaction" and may_be(event, "serious"):
        # Directive 2001/83 Art. 107(3) and its British twin ask for what happens in third countries, too
        for where, name in (("EU", "EU"), ("GB", "UK")):
            if concerns_licensed(event, where, licences) and bound(event, where, licences, "holder"):
                found.add((f"{name}-AE-15", case, key, end_of(zero + 15 * DAY, HOME[where])))
    if event["kind"] == "expanded_access_reaction" and concerns_place(event, "US"):
        # 312.32: only where a dose is given under expanded access
        if may_be(event, "suspected", "unexpected", "fatal_or_life_threatening"):
            found.add(("US-IND-7", case, key, end_of(zero + 7 * DAY, "New York")))
        if may_be(event, "suspected", "unexpected", "serious"):
            found.add(("US-IND-15", case, key, end_of(zero + 15 * DAY, "New York")))
    return found


def of_recall(event, licences, as_of):
    found, key, aware, zero = set(), event["id"], event["aware"], event["zero"]
    licensed = {one["jurisdiction"] for one in licences if one["product"] == event["product"]}
    if ("EU" in licensed or concerns_place(event, "EU")) and bound(event, "EU", licences, "holder"):
        found.add(("EU-RECALL", key, key, aware))  # Directive 2001/83 Art. 123(2)
    if concerns_place(event, "GB"):
        found.add(("UK-RECALL", key, key, aware))
    swiss = "CH" in licensed or concerns_place(event, "CH")
    if swiss and bound(event, "CH", licences, "holder", "manufacturer"):
        found.add(("CH-RECALL", key, key, end_of(zero + 15 * DAY, "Zurich")))
    if concerns_place(event, "US"):
        found.add(("US-RECALL", key, key, aware))
        k = 1
        while zero + (k - 1) * 14 * DAY <= date_in(as_of, "New York"):
            if event["closed_on"] and zero + (k - 1) * 14 * DAY >= event["closed_on"]:
                break
            found.add(("US-RECALL-STATUS", key, f"{key}/{k}", end_of(zero + k * 14 * DAY, "New York")))
            k += 1
    return found


def of_other(event, licences, as_of):
    found, key, kind, aware = set(), event["id"], event["kind"], event["aware"]
    zero = event["zero"]
    if kind == "out_of_specification_supply" and concerns_place(event, "EU"):
        if bound(event, "EU", licences, "manufacturer", "importer", "holder"):
            for clock in ("EU-OOS", "EU-OOS-AUTHORITY"):
                found.add((clock, event["batch"], key, aware + timedelta(hours=48)))
    if kind == "emerging_safety_issue" and concerns_licensed(event, "EU", licences):
        if bound(event, "EU", licences, "holder"):
            due = working_days_later(zero, 3, free_in_amsterdam)
            found.add(("EU-ESI", event["product"], key, end_of(due, "Amsterdam")))
    if kind == "emerging_safety_issue" and concerns_licensed(event, "CH", licences):
        if bound(event, "CH", licences, "holder", "manufacturer"):
            found.add(("CH-SIGNAL", event["product"], key, end_of(zero + 5 * DAY, "Zurich")))
    if kind == "data_lock":
        lock = min(day or zero for day in event["days"])
        for where, name in (("EU", "EU"), ("GB", "UK")):
            if concerns_licensed(event, where, licences) and bound(event, where, licences, "holder"):
                short = said(event, "up_to_12_months") != "no"
                clock, days = (f"{name}-PSUR-70", 70) if short else (f"{name}-PSUR-90", 90)
                found.add((clock, event["product"], key, end_of(lock + days * DAY, HOME[where])))
    if kind == "discontinuance" or (kind == "supply_interruption" and may_be(event, "likely_to_disrupt")):
        found |= of_supply(event, licences)
    if kind == "recall":
        found |= of_recall(event, licences, as_of)
    if kind == "import" and concerns_place(event, "EU") and said(event, "mra_or_exemption") != "yes":
        if bound(event, "EU", licences, "importer", "manufacturer", "holder"):
            found.add(("EU-IMPORT", event["batch"], key, None))
    if kind == "distribution":
        for where, name in (("EU", "EU"), ("GB", "UK")):
            if concerns_place(event, where) and bound(event, where, licences, "holder"):
                found.add((f"{name}-TRACE", event["batch"], key, kept(event["on"], where)))
    return found


def of_supply(event, licences):
    """Six months ahead, else five working days (600.82); two months ahead, else that very day (2001/83 Art. 23a)."""
    found, zero, for_good = set(), event["zero"], event["kind"] == "discontinuance"
    for where, months, days, free, names in (
        ("US", 6, 5, free_in_washington, ("US-SUPPLY", "US-DISCONTINUE")),
        ("EU", 2, 0, free_in_amsterdam, ("EU-SUPPLY", "EU-CEASE")),
    ):
        if not concerns_licensed(event, where, licences) or not bound(event, where, licences, "holder"):
            continue
        dues = []
        for day in event["days"]:
            ahead = months_later(day, -months) if day else None
            late = [working_days_later(one, days, free) if days else one for one in (zero, day) if one]
            dues.append(ahead if ahead and ahead >= zero else min(late))
        found.add((names[for_good], event["product"], event["id"], end_of(min(dues), HOME[where])))
    return found


def kept(expiry, where):
    if expiry is None:
        return None
    try:
        day = date(expiry.year + 30, expiry.month, expiry.day)
    except ValueError:
        day = date(expiry.year + 30, 3, 1)
    return end_of(day, HOME[where])


def of_licence(licence, as_of):
    if licence["jurisdiction"] != "US" or "holder" not in licence["roles"]:
        return set()
    found, key, start = set(), licence["id"], licence["granted"]
    today = date_in(as_of, "New York")

    def begun(first):
        return first <= today and not (licence["ended"] and first > licence["ended"])

    # 600.80(c)(2): each quarter from the licence date for 3 years, close + 30 days; then yearly, anniversary + 60 days
    for n in range(12):
        if begun(months_later(start, 3 * n)):
            close = months_later(start, 3 * n + 3) - DAY
            found.add(("US-PAER-Q", key, close.isoformat(), end_of(close + 30 * DAY, "New York")))
    year = 1
    while begun(months_later(start, 12 * (year - 1))):
        anniversary = months_later(start, 12 * year)
        occurrence = (anniversary - DAY).isoformat()
        due = end_of(anniversary + 60 * DAY, "New York")
        if year > 3:
            found.add(("US-PAER-Y", key, occurrence, due))
        for clock in ("US-ANN-MINOR", "US-ANN-PAED", "US-ANN-PMR"):
            fact = {"US-ANN-PAED": "paediatric_studies", "US-ANN-PMR": "postmarketing_studies"}.get(clock)
            if fact is None or licence["answers"].get(fact) != "no":
                found.add((clock, key, occurrence, due))
        year += 1
    # 600.81: one report a licence and half-year, no days of grace
    half = date(start.year, 1 if start.month < 7 else 7, 1)
    while begun(max(half, start)):
        close = months_later(half, 6) - DAY
        found.add(("US-DIST", key, close.isoformat(), end_of(close, "New York")))
        half = months_later(half, 6)
    # what had closed before the plant was told to look was filed elsewhere
    since = licence["tracked"]
    return {one for one in found if since is None or date.fromisoformat(one[2]) >= since}
