*** Settings ***
Documentation       Runs do not meet, and an interrupted run leaves nothing behind.
Library             lib/CommandLine.py
Library             lib/Interrupts.py
Suite Setup         Name The Home
Suite Teardown      Clean Up
Test Tags           URS-015


*** Test Cases ***
Two Demos At Once Do Not Meet
    ${first}    Start Batchwright    ${HOME}    demo    --batches    2    --seed    5    --format    json
    ${second}    Start Batchwright    ${HOME}    demo    --batches    2    --seed    5    --format    json
    ${first}    Wait For Its End    ${first}
    ${second}    Wait For Its End    ${second}
    Exit Code Should Be    ${first}    ${0}
    Exit Code Should Be    ${second}    ${0}
    Runs Should Be Apart    ${first.json}    ${second.json}
    No Process Should Be Left

Ctrl-C Ends A Demo And All It Started
    ${demo}    Start Batchwright    ${HOME}    demo    --batches    6    --format    json
    Wait Until It Says    ${demo}    Bots work in
    Press Ctrl C    ${demo}
    ${said}    Wait For Its End    ${demo}
    Exit Code Should Be    ${said}    ${130}
    Should Not Contain    ${said.err}    Traceback
    No Process Should Be Left

A Demo That Is Told To End Leaves No Process
    ${demo}    Start Batchwright    ${HOME}    demo    --batches    6    --format    json
    Wait Until It Says    ${demo}    findings (
    Ask To End    ${demo}
    ${said}    Wait For Its End    ${demo}
    Exit Code Should Be    ${said}    ${130}
    No Process Should Be Left


*** Keywords ***
Name The Home
    ${home}    Home Of This Suite
    VAR    ${HOME}    ${home}    scope=SUITE

Clean Up
    End What Was Started
    Remove Home
