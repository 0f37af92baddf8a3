*** Settings ***
Documentation       Review an executed batch record: read laboratory and stores, ask for a verdict.
...                 The MES holds a batch that is not in order and opens deviations;
...                 only a person closes findings and signs.
Metadata            Sites    lims, erp
Resource            ../keywords/steps/work_item.resource
Resource            ../keywords/steps/review.resource

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Review A Batch Record
    [Documentation]    One batch, as it stands now.
    [Metadata]    Requirement    URS-002
    ${batch}=    Take The Batch Of The Work Item
    ${tables}=    Read The Tables A Review Needs    ${batch}
    ${verdict}=    Ask For Verdict    ${batch}    @{tables}
    Note Pictures Of Findings    ${verdict}    @{tables}
    ${deviations}=    Count Open Deviations    ${batch.batch_id}
    Hand Over    batch_id=${batch.batch_id}    verdict=${verdict.verdict.verdict}    verdict_id=${verdict.verdict_id}
    ...    findings=${{ len($verdict.findings) }}    deviations=${deviations}
