*** Settings ***
Documentation       Compare the batches made last with those that the model learnt from.
...                 Drift waits for a person who signs; until then the model's answers hold no batch.
Resource            ../keywords/steps/work_item.resource
Library             keywords.predictive_holds.drift_watch.DriftWatch

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Compare Recent Batches With Those Of Training
    [Documentation]    One model, asked for by a schedule.
    [Metadata]    Requirement    URS-082
    ${check}=    Check Drift Of Model    ${RISK_MODEL}    day=${RISK_CULTURE_DAY}    batches=${DRIFT_BATCHES}
    Hand Over    check_id=${check.check_id}    outcome=${check.said.outcome.value}    says=${check.said.says}
    ...    batches=${{ len($check.said.batches) }}    left_out=${{ len($check.said.left_out) }}
    Drift Should Be Answered For    ${check}
