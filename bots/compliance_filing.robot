*** Settings ***
Documentation       File one form that a clock asks for: draft it, submit it once, and store the acknowledgement.
...                 Clocks that do not apply are stated in the form and in the log, with the reason.
Resource            ../keywords/steps/work_item.resource
Library             keywords.filing.Forms
Library             keywords.agency.Agency

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
File A Form
    [Documentation]    One filing that applies to a batch.
    [Metadata]    Requirement    URS-008
    ${batch}=    Take The Batch Of The Work Item
    ${filing}=    Find Filing    ${batch}
    ${document}=    Draft Filing Form    ${batch}    ${filing}    ${APPLICANT}
    ${answer}=    Submit Form Once    ${batch}    ${filing}    ${document}
    Acknowledge Filing    ${filing}    ${answer}
    Hand Over    batch_id=${batch.batch_id}    filing_id=${filing.filing_id}    form=${filing.form}
    ...    acknowledgement=${answer.acknowledgement}
