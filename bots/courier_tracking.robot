*** Settings ***
Documentation       Follow what is booked on its courier's pages: every event is noted once with its source, a silence
...                 is said, and nothing is made up.
Metadata            Sites    courier
Resource            ../keywords/steps/work_item.resource
Library             keywords.tracking.Tracking

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Look At The Tracking
    [Documentation]    One look at one booking; the MES asks for the next one.
    [Metadata]    Requirement    URS-079
    ${batch}=    Take The Batch Of The Work Item
    ${view}=    Follow The Shipment    ${batch}
    Hand Over    batch_id=${batch.batch_id}    last_heard_at=${view.last_heard_at}    silent=${view.silent}
