*** Settings ***
Documentation       Book another way in the place of one that has become too bad before its pick-up: chosen, cancelled
...                 and read back, then booked, so that two bookings never live at once.
Metadata            Sites    courier
Resource            ../keywords/steps/work_item.resource
Library             keywords.courier.Courier
Library             keywords.labels.Labels
Library             keywords.rebooking.Rebooking

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Book Another Way
    [Documentation]    One booking whose way fell below its limit; what is picked up is never touched.
    [Metadata]    Requirement    URS-078
    ${batch}=    Take The Batch Of The Work Item
    ${choice}=    Choose The Way    ${batch}    ${PICKUP_SITE}    lead_h=${PICKUP_LEAD_H}
    ${gone}=    Cancel The Booking Once    ${batch}    ${choice}
    IF    $gone is None
        Hand Over    batch_id=${batch.batch_id}    why=${choice.options.why}
    ELSE
        Book In Its Place    ${batch}    ${choice}    ${gone}
    END


*** Keywords ***
Book In Its Place
    [Documentation]    The way that was chosen, booked after the other one is gone.
    [Arguments]    ${batch}    ${choice}    ${gone}
    ${booked}=    Book The Way Once    ${batch}    ${gone}    ${PICKUP_SITE}    ${CONTACT}
    ...    coldest_c=${CONTAINER_COLD_C}
    Label Must Be Of The Batch    ${batch}    ${booked}
    Record Rebooking    ${batch}    ${booked}
    Hand Over    batch_id=${batch.batch_id}    slot_id=${booked.slot.slot_id}    booking_reference=${booked.reference}
    ...    pickup_at=${booked.slot.pickup_at}    delivery_at=${booked.slot.delivery_at}    why=${choice.options.why}
