*** Settings ***
Documentation       A bot that the tutorial makes works at once, acts once, and leaves evidence that shows every change.
Library             lib/OwnBot.py
Suite Setup         Make A Bot    storage_request
Suite Teardown      Remove The Bot


*** Test Cases ***
A New Bot Sends Its Form Once However Often It Runs
    [Tags]    URS-021
    ${first}=    Run The Bot
    Should Be Equal    ${first}[result]    done    ${first}
    ${second}=    Run The Bot
    Should Be Equal    ${second}[result]    done before
    Requests On The Desk Should Be    ${first}[output][request_number]

What It Did Is Proven By One File That Shows Every Change
    [Tags]    URS-022
    ${run}=    Run The Bot
    Capsule Should Be Whole    ${run}[evidence]
    A Changed Capsule Should Be Refused    ${run}[evidence]

A Failure Names The Sentence, The Line And The Picture
    [Tags]    URS-021
    Rename What The Site Is Read By    service: Service\n${SPACE * 6}status    service: Kind\n${SPACE * 6}status
    ${words}=    Fail Afresh
    Should Contain    ${words}    has no column 'Kind'
    Should Contain    ${words}    storage_request.robot, line 14: Read List
    Should Contain    ${words}    Picture:
