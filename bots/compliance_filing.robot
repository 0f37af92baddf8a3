*** Settings ***
Documentation       Submit one filing that a named person approved, once, or look for the answer to one that was sent.
...                 A receipt is no acceptance: what the authority rejects or loses goes back to people.
Metadata            Sites    agency
Resource            ../keywords/steps/work_item.resource
Library             keywords.filing.Forms
Library             keywords.agency.Agency

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
File What Was Approved
    [Documentation]    One submission of a filing, or one look for its answer.
    [Metadata]    Requirement    URS-008
    ${task}=    Take Filing
    IF    $task.sent
        ${answer}=    Look For Answer    ${task}
    ELSE
        ${submission}=    Get Approved Submission    ${task}
        ${document}=    Save Approved Document    ${submission}
        ${answer}=    Submit Form Once    ${submission}    ${document}
    END
    Note Answer    ${task}    ${answer}
    Hand Over    filing_id=${task.filing_id}    answer=${answer.kind.value}    reference=${answer.reference}
    ...    reasons=${answer.reasons}
