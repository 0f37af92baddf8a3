*** Settings ***
Documentation       A held batch leaves its hold only through people: closed findings, a new review, a lifted hold.
Library             lib/MesPlant.py
Suite Setup         Start The Mes    ${5}
Suite Teardown      Stop The Mes


*** Test Cases ***
A Held Batch Cannot Be Released
    [Tags]    URS-003
    ${batch}    Batch Reviewed By The Bot    defect=equipment_overdue
    Batch Should Be    ${batch}    on_hold    HOLD
    Findings Should Be    ${batch}    open
    Should Be Refused    ${409}    can't    Sign The Release    qp    ${batch}

Closing, A New Review And Lifting Lead Out Of A Hold
    [Tags]    URS-003    URS-004
    ${batch}    Batch Reviewed By The Bot    defect=equipment_overdue
    Close Every Finding    reviewer    ${batch}    closure=justified
    Should Be Refused    ${409}    new review    Lift The Hold    reviewer    ${batch}
    Review Again    ${batch}
    Lift The Hold    reviewer    ${batch}
    Batch Should Be    ${batch}    ready    HOLD
    Should Be Refused    ${409}    critical deviation    Sign The Release    qp    ${batch}
    Close Every Deviation    qp    ${batch}
    Sign The Release    qp    ${batch}
    Release Should Be Signed By    ${batch}    Quinn Person

A Wrong Password Signs Nothing
    [Tags]    URS-004    URS-005
    ${batch}    Batch Reviewed By The Bot    defect=equipment_overdue
    Should Be Refused    ${403}    password    Close Every Finding    reviewer    ${batch}    password=wrong
    Should Be Refused    ${403}    password    Lift The Hold    reviewer    ${batch}    password=wrong
    Findings Should Be    ${batch}    open

A Signature On What Is No Longer So Is Refused
    [Tags]    URS-005
    ${batch}    Batch Reviewed By The Bot
    ${seen}    What A Reviewer Sees    ${batch}
    Review Again    ${batch}
    Should Be Refused    ${412}    newer verdict    Sign The Release    qp    ${batch}
    ...    verdict_id=${seen}[verdict_id]
    Correct The First Parameter    reviewer    ${batch}
    Should Be Refused    ${412}    record    Sign The Release    qp    ${batch}
    ...    record_hash=${seen}[record_hash]
    Should Be Refused    ${412}    review it again    Sign The Release    qp    ${batch}

Only The Right Person Signs
    [Tags]    URS-006
    ${batch}    Batch Reviewed By The Bot    defect=equipment_overdue
    Should Be Refused    ${403}    A bot cannot sign    Close Every Finding    bot    ${batch}
    Should Be Refused    ${403}    A bot cannot sign    Lift The Hold    bot    ${batch}
    Should Be Refused    ${403}    A bot cannot sign    Sign The Release    bot    ${batch}
    Should Be Refused    ${403}    A bot cannot sign    Correct The First Parameter    bot    ${batch}
    Should Be Refused    ${403}    qualified person    Sign The Release    reviewer    ${batch}
