*** Settings ***
Documentation       One command takes batches from manufactured to released or held, shipped and filed.
Library             lib/CommandLine.py
Library             lib/DemoRun.py
Library             lib/Pictures.py
Suite Setup         Run The Demo Once
Suite Teardown      Remove Home


*** Test Cases ***
The Demo Ends Well And Shows Every Outcome
    [Tags]    URS-001    URS-010
    Exit Code Should Be    ${SAID}    ${0}
    Outcomes Should Include    ${DEMO}    released=1    held=1    shipped=1    filed=1

Every Planted Defect Is Caught And No Clean Batch Is Held
    [Tags]    URS-002    URS-003    URS-010
    Nothing Should Be Missed    ${DEMO}
    No Clean Batch Should Be Held    ${DEMO}
    Held Batches Should Not Be Released    ${DEMO}

Each Shipped Batch Was Booked And Posted Once
    [Tags]    URS-007
    Bookings Should Match The Shipped Batches    ${DEMO}
    Postings Should Match The Shipped Batches    ${DEMO}

Each Filing Was Submitted Once And Acknowledged
    [Tags]    URS-008
    Submissions Should Match The Acknowledgements    ${DEMO}

Every Item Left Evidence That Matches Its Hashes
    [Tags]    URS-009
    Evidence Should Be Complete    ${DEMO}

Nobody's Name Or Birth Date Stands In The Evidence
    [Tags]    URS-009
    No Name Should Stand In The Evidence    ${DEMO}
    Name And Birth Date Should Be Covered    ${DEMO}

No Process Stays Behind
    [Tags]    URS-015
    No Process Should Name    ${DEMO}


*** Keywords ***
Run The Demo Once
    ${said}    Run Batchwright    demo    --batches    6    --seed    2026    --format    json
    Exit Code Should Be    ${said}    ${0}
    VAR    ${SAID}    ${said}    scope=SUITE
    VAR    ${DEMO}    ${said.json}    scope=SUITE
