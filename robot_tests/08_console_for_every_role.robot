*** Settings ***
Documentation       Whoever works in the plant does their main work in the console, in a real browser, from its first
...                 page on.
Library             lib/MesPlant.py
Library             lib/ConsolePages.py
Suite Setup         Open The Console On Four Batches
Suite Teardown      Close Everything
Test Setup          Open The Console    ${URL}
Test Tags           URS-017


*** Variables ***
${PASSWORD}     Anybody-pass-account-67


*** Test Cases ***
A Reviewer Takes An Exception And Hands It Over
    [Tags]    URS-291
    Log In As    reviewer    Vineyard lamp 12 crates
    Follow    Exceptions
    Press    Take it
    Page Should Say    is yours    you have it
    Hand Over What Is Mine    qa    The calibration is with you.
    Page Should Say    is handed over to Carla Compliance
    Log In Anew As    qa    ${PASSWORD}
    Follow    Exceptions
    Follow    yours 1
    Page Should Say    ${HELD}    The calibration is with you.

What A Reviewer Escalates Is Due With Quality Assurance
    [Tags]    URS-291
    Log In As    reviewer    Vineyard lamp 12 crates
    Open Batch    ${ESCALATED}
    Escalate The Finding    This is beyond me.    Vineyard lamp 12 crates
    Open The Console    ${URL}
    Log In As    qa    ${PASSWORD}
    Follow    Due
    Follow    yours
    Page Should Say    escalated by robin reader
    Sign That It Was Looked Into    The scale was replaced, and the batch weighed again.    ${PASSWORD}
    Page Should Say    signed: escalated by robin reader

A Qualified Person Signs A Ready Batch In Four Clicks
    Log In As    qp    Copper otter 29 shelves
    Count Clicks
    Follow    Release
    Follow    ${READY}
    Fill In    Reason    Reviewed and in order.
    Fill In    Password    Copper otter 29 shelves
    Press    Sign the release
    Clicks Should Be At Most    ${4}
    Release Should Be Signed By    ${READY}    Quinn Person

Compliance Records An Event And Sees Its Clocks
    Log In As    qa    ${PASSWORD}
    Follow    Clocks
    Follow    Events that start clocks
    Choose    What happened    deviation
    Press    Show its form
    Say What Happened    ${HELD}    A valve was left open for an hour.
    Tick    not known
    Press    Record the event
    Page Should Say    a valve was left open    clocks for it

A Planner Sees Who Needs A Courier
    [Tags]    URS-294
    Release In The Plant    ${TO LEAVE}
    Log In As    planner    ${PASSWORD}
    Follow    Shipments
    Page Should Say    ${TO LEAVE}
    Follow    Calendar of pick-ups, deliveries and infusions
    Page Should Say    infusion    monday    sunday

A Plant Manager Goes From The Flow To What Is Held
    [Tags]    URS-292
    Log In As    manager    ${PASSWORD}
    Follow    Flow
    Page Should Say    right first time    days by stage
    Follow    on hold
    Page Should Say    ${HELD}

An Engineer Asks For A Review And Watches It Live
    [Tags]    URS-293
    Log In As    planner    ${PASSWORD}
    Open Batch    ${HELD}
    Press    Run the review now and watch
    Page Should Say    it waits for a worker
    Bot Takes The Review And Tells Of A Step    ${HELD}    Read The Results Of The LIMS
    Page Should Say In Time    Read The Results Of The LIMS
    Bot Ends What It Has In Hand
    Page Should Say In Time    It has ended.

An Engineer Takes An Item Out Of The Queue
    [Tags]    URS-123
    Log In As    planner    ${PASSWORD}
    Open Batch    ${HELD}
    Press    Ask the bot for fresh readings
    Follow    Bots
    Follow    queued
    Unfold    Change batch record review of ${HELD}
    Fill In    Reason    The LIMS is down for the night.
    Press    Cancel
    Page Should Say    is cancelled

An Administrator Makes An Account That Changes Its Password First
    [Tags]    URS-240
    Log In As    ada.keeper    Marble canoe 53 lanterns
    Follow    Accounts
    Make An Account Of A Reviewer    fresh.reviewer    Frida Fresh    Marble canoe 53 lanterns
    ${shown}    Password That Is Shown Once
    Open The Console    ${URL}
    Log In As    fresh.reviewer    ${shown}
    Page Should Refuse In One Sentence    password

An Inspector Reads The Trail And Can Change Nothing
    [Tags]    URS-122
    Log In As    inspector    ${PASSWORD}
    Show The Trail Of    ${READY}
    Page Should Say    export as csv    to be found ready by a review    signatures
    Follow    Verify everything now
    Page Should Say    every chain is whole
    Follow    Batches
    Open Batch    ${HELD}
    Page Should Not Offer    Close this finding
    Page Should Not Offer    Take it


*** Keywords ***
Open The Console On Four Batches
    ${url}    Start The Mes    ${4}
    VAR    ${URL}    ${url}    scope=SUITE
    There Is Who Works Here
    There Are Batches Of All Kinds
    Open The Browser

There Is Who Works Here
    There Is A Person    qa    Carla Compliance    quality_assurance    ${PASSWORD}
    There Is A Person    planner    Paul Planner    operator    ${PASSWORD}
    There Is A Person    manager    Mona Manager    operator    ${PASSWORD}
    There Is A Person    inspector    Ines Inspector    operator    ${PASSWORD}

There Are Batches Of All Kinds
    ${ready}    Batch Reviewed By The Bot
    ${leaves}    Batch Reviewed By The Bot
    ${held}    Batch Reviewed By The Bot    defect=equipment_overdue
    ${escalated}    Batch Reviewed By The Bot    defect=equipment_overdue
    VAR    ${READY}    ${ready}    scope=SUITE
    VAR    ${TO LEAVE}    ${leaves}    scope=SUITE
    VAR    ${HELD}    ${held}    scope=SUITE
    VAR    ${ESCALATED}    ${escalated}    scope=SUITE

Log In Anew As
    [Arguments]    ${user}    ${password}
    Open The Console    ${URL}
    Log In As    ${user}    ${password}

Hand Over What Is Mine
    [Arguments]    ${colleague}    ${remark}
    Follow    yours 1
    Unfold    Hand over or remark
    Fill In    What is to be known    ${remark}
    Fill In    Colleague (user name)    ${colleague}
    Press    Hand it over

Escalate The Finding
    [Arguments]    ${reason}    ${password}
    Unfold    Close this finding
    Choose    As    escalated
    Fill In    Reason    ${reason}
    Fill In    Password    ${password}
    Press    Sign and close

Sign That It Was Looked Into
    [Arguments]    ${found}    ${password}
    Unfold    Sign that it was looked into
    Fill In    What you found    ${found}
    Fill In    Password    ${password}
    Press    Sign

Say What Happened
    [Arguments]    ${batch}    ${text}
    Fill In    First known, on the clock of who knew    2026-01-05T09:30
    Fill In    Zone of that clock    Europe/Berlin
    Fill In    Batch    ${batch}
    Fill In    Where it is known from    quality
    Fill In    Its number there    DEV-08
    Fill In    What happened, without the name of a patient    ${text}

Make An Account Of A Reviewer
    [Arguments]    ${user}    ${printed}    ${password}
    Unfold    For a person
    Fill In    User name    ${user}
    Fill In    Printed name    ${printed}
    Tick    reviewer
    Fill In    Reason    Joins the review team.
    Fill In    Password    ${password}
    Press    Sign and make the account

Show The Trail Of
    [Arguments]    ${chain}
    Follow    Audit
    Fill In    Batch or chain of the system    ${chain}
    Press    Show

Release In The Plant
    [Arguments]    ${batch}
    Sign The Release    qp    ${batch}

Close Everything
    Close The Browser
    Stop The Mes
