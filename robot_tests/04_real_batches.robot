*** Settings ***
Documentation       Seven hundred published tablet batches: imported once, reviewed, and read back through pages.
Library             lib/CommandLine.py
Library             lib/RealRecords.py
Suite Setup         Import And Review The Real Batches
Suite Teardown      Remove Home


*** Test Cases ***
A Second Import Takes Nothing
    [Tags]    URS-011
    Import Should Have    ${IMPORTED.json}    taken=${700}    unchanged=${0}
    ${again}    Run Batchwright    import    pharma-1005    ${FOLDER}    --format    json
    Exit Code Should Be    ${again}    ${0}
    Import Should Have    ${again.json}    taken=${0}    unchanged=${700}

Each Finding Can Be Looked Up In The Files
    [Tags]    URS-012
    One Object A Batch    ${REVIEWED}    ${FOLDER}
    Values Should Stand In The Files    ${REVIEWED}    ${FOLDER}

Exactly The Changed Values Come Out Of The Pages
    [Tags]    URS-013
    ${said}    Run Batchwright    demo    --records    ${FOLDER}    --batches    12
    ...    --corrupt    4    --seed    3    --format    json
    Exit Code Should Be    ${said}    ${0}
    Exactly The Changed Values Should Come Out    ${said.json}    ${4}

Pages That Agree With The Record Add No Finding
    [Tags]    URS-013
    ${said}    Run Batchwright    demo    --records    ${FOLDER}    --batches    12    --format    json
    Exit Code Should Be    ${said}    ${0}
    Exactly The Changed Values Should Come Out    ${said.json}    ${0}
    Verdicts Should Equal Those Of The Files    ${said.json}    ${REVIEWED}


*** Keywords ***
Import And Review The Real Batches
    ${folder}    Real Data Folder    pharma_1005
    ${imported}    Run Batchwright    import    pharma-1005    ${folder}    --format    json
    Exit Code Should Be    ${imported}    ${0}
    ${reviewed}    Run Batchwright    review    --all    --format    json
    Exit Code Should Be    ${reviewed}    ${0}
    VAR    ${FOLDER}    ${folder}    scope=SUITE
    VAR    ${IMPORTED}    ${imported}    scope=SUITE
    VAR    ${REVIEWED}    ${reviewed.json_lines}    scope=SUITE
