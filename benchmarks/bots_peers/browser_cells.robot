*** Settings ***
Documentation       The Browser library with one page for all items, cell by cell.
Library             Collections
Resource            browser_work.resource

Suite Setup         Open A Page


*** Tasks ***
One Record
    [Documentation]    Open the record, enter it, read the table.
    Enter With The Browser Library
    VAR    @{rows}
    FOR    ${row}    IN RANGE    1    201
        VAR    @{cells}
        FOR    ${column}    IN RANGE    1    6
            ${cell}=    Get Text    css=tbody tr:nth-child(${row}) td:nth-child(${column})
            Append To List    ${cells}    ${cell}
        END
        Append To List    ${rows}    ${cells}
    END
    Hand In    ${TEST NAME}    ${rows}
