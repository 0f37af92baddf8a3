*** Settings ***
Documentation       Our stack: the item through the worker's warm browser, entered once, read in one go.
Library             RPA.Robocorp.WorkItems
Library             record_entry.RecordEntry


*** Tasks ***
One Record
    [Documentation]    Open the record, enter it, read the table.
    ${batch}=    Get Work Item Variable    batch_id
    ${rows}=    Enter Record And Read Results    ${batch}
    Hand In Rows    ${batch}    ${rows}
