*** Settings ***
Documentation       A reviewer and a qualified person do their work in the console, in a real browser.
Library             lib/MesPlant.py
Library             lib/ConsolePages.py
Suite Setup         Open The Console On Two Batches
Suite Teardown      Close Everything
Test Setup          Open The Console    ${URL}
Test Tags           URS-017


*** Variables ***
${REVIEWER PASSWORD}    Vineyard lamp 12 crates
${QP PASSWORD}          Copper otter 29 shelves


*** Test Cases ***
A Wrong Password Does Not Open The Console
    Log In As    reviewer    wrong
    Page Should Refuse In One Sentence    password
    Log In As    reviewer    ${REVIEWER PASSWORD}
    Page Should Say    ${HELD}    ${READY}

A Reviewer Goes From The List To The Closed Finding
    [Tags]    URS-004
    Log In As    reviewer    ${REVIEWER PASSWORD}
    List Should Begin With    ${HELD}    ${READY}
    Open Batch    ${HELD}
    Finding Should Show    calibration    21 CFR    Facts that show it
    Close The Finding    justified    Recalibrated the day after, in tolerance.    wrong
    Page Should Refuse In One Sentence    password
    Findings Should Be    ${HELD}    open

A Closed Finding Shows Who Closed It And Why
    [Tags]    URS-004
    Log In As    reviewer    ${REVIEWER PASSWORD}
    Open Batch    ${HELD}
    Close The Finding    justified    Recalibrated the day after, in tolerance.    ${REVIEWER PASSWORD}
    Page Should Say    Closed as justified by Robin Reader    Recalibrated the day after, in tolerance.
    Page Should Not Offer    Close this finding
    Findings Should Be    ${HELD}    closed

A Signature With A Wrong Password Changes Nothing
    [Tags]    URS-005
    Log In As    qp    ${QP PASSWORD}
    Open Batch    ${READY}
    Sign In The Console    released    Reviewed and in order.    wrong
    Page Should Refuse In One Sentence    password
    Batch Should Be    ${READY}    ready    READY

A Qualified Person Signs A Ready Batch
    Log In As    qp    ${QP PASSWORD}
    Open Batch    ${READY}
    Sign In The Console    released    Reviewed and in order.    ${QP PASSWORD}
    Page Should Say    Signed: released    I certify this batch for release    Quinn Person
    Release Should Be Signed By    ${READY}    Quinn Person
    Page Should Not Offer    Sign the release


*** Keywords ***
Open The Console On Two Batches
    ${url}    Start The Mes    ${2}
    ${ready}    Batch Reviewed By The Bot
    ${held}    Batch Reviewed By The Bot    defect=equipment_overdue
    VAR    ${URL}    ${url}    scope=SUITE
    VAR    ${READY}    ${ready}    scope=SUITE
    VAR    ${HELD}    ${held}    scope=SUITE
    Open The Browser

Close Everything
    Close The Browser
    Stop The Mes
