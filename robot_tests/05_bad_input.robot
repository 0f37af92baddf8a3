*** Settings ***
Documentation       Bad input is answered with one sentence that names it and exit code 2; the store stays as it was.
Library             lib/CommandLine.py
Library             lib/BadInput.py
Suite Setup         Make Files And A Store
Suite Teardown      Clean Up
Test Tags           URS-014
Test Template       Nothing But One Sentence


*** Test Cases ***
Unknown Batch
    review    NOPE-1    names=NOPE-1

Neither One Batch Nor All
    review    names=--all

Unknown Option
    demo    --frobnicate    names=--frobnicate

No Batches At All
    demo    --batches    0    names=--batches

Unknown Run
    serve    --run    no-such-run    names=no-such-run

Folder Without Records
    demo    --records    /no/such/folder    names=/no/such/folder

No Browser
    demo    --batches    1    --format    json    names=/nonexistent    BATCHWRIGHT_BROWSER=/nonexistent

More Changes Than Values
    demo    --records    ${FILES}    --corrupt    5000    names=--corrupt

Quote That Does Not End
    [Template]    Refused Import
    quote    Laboratory.csv    line

Bytes That Are No Text
    [Template]    Refused Import
    binary    Laboratory.csv    UTF-8

Wrong Separator
    [Template]    Refused Import
    separator    Laboratory.csv    ';'

Missing Column
    [Template]    Refused Import
    column    Laboratory.csv    dissolution_av

Empty File
    [Template]    Refused Import
    empty    Laboratory.csv

Missing File
    [Template]    Refused Import
    gone    Laboratory.csv

Port In Use
    serve    --port    ${PORT}    names=${PORT}

Import Into A Folder That Cannot Be Written
    import    pharma-1005    ${FILES}    names=${IMPOSSIBLE}    BATCHWRIGHT_HOME=${IMPOSSIBLE}

Demo In A Folder That Cannot Be Written
    demo    --batches    1    names=${IMPOSSIBLE}    BATCHWRIGHT_HOME=${IMPOSSIBLE}


*** Keywords ***
Make Files And A Store
    ${home}    Home Of This Suite
    VAR    ${HOME}    ${home}    scope=SUITE
    ${impossible}    Folder Below A File    ${HOME}
    VAR    ${IMPOSSIBLE}    ${impossible}    scope=SUITE
    ${files}    Make Two Files Of Real Shape    ${HOME}
    VAR    ${FILES}    ${files}    scope=SUITE
    ${port}    Take A Port
    VAR    ${PORT}    ${port}    scope=SUITE
    ${said}    Run Batchwright    import    pharma-1005    ${FILES}
    Exit Code Should Be    ${said}    ${0}

Nothing But One Sentence
    [Arguments]    @{command}    ${names}    &{environment}
    ${before}    What The Store Holds    ${HOME}
    ${said}    Run Batchwright    @{command}    &{environment}
    Should Be Refused In One Sentence    ${said}    ${names}
    Should Be Empty    ${said.out}
    ${after}    What The Store Holds    ${HOME}
    Should Be Equal    ${before}    ${after}

Refused Import
    [Arguments]    ${how}    @{names}
    ${before}    What The Store Holds    ${HOME}
    ${spoilt}    A Spoilt Copy    ${FILES}    ${how}
    ${said}    Run Batchwright    import    pharma-1005    ${spoilt}
    Should Be Refused In One Sentence    ${said}    @{names}
    ${after}    What The Store Holds    ${HOME}
    Should Be Equal    ${before}    ${after}

Clean Up
    Free The Port
    Remove Home
