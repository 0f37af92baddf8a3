*** Settings ***
Documentation       Ship a released batch: the way that the MES chose, booked once, and posted once in the ERP.
Metadata            Sites    lims, courier, erp
Resource            ../keywords/steps/work_item.resource
Library             keywords.lims.Lims
Library             keywords.courier.Courier
Library             keywords.labels.Labels
Library             keywords.erp.Erp

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Schedule The Courier
    [Documentation]    One batch that a qualified person released.
    [Metadata]    Requirement    URS-007
    ${batch}=    Take The Batch Of The Work Item
    Results Must Be As Released    ${batch}
    ${choice}=    Choose The Way    ${batch}    ${PICKUP_SITE}    lead_h=${PICKUP_LEAD_H}
    ${booked}=    Book The Way Once    ${batch}    ${choice}    ${PICKUP_SITE}    ${CONTACT}
    ...    coldest_c=${CONTAINER_COLD_C}
    Label Must Be Of The Batch    ${batch}    ${booked}
    ${posting}=    Post Shipment Once    ${batch}    ${booked}
    Record Shipment    ${batch}    ${booked}    ${posting}
    Hand Over    batch_id=${batch.batch_id}    slot_id=${booked.slot.slot_id}    booking_reference=${booked.reference}
    ...    erp_posting=${posting}    pickup_at=${booked.slot.pickup_at}    delivery_at=${booked.slot.delivery_at}
    ...    why=${choice.options.why}
