*** Settings ***
Documentation       The Browser library at its best: one page for all items, the table in one evaluate.
Resource            browser_work.resource

Suite Setup         Open A Page


*** Variables ***
${READ}     () => [...document.querySelectorAll("tbody tr")].map(row => [...row.cells].map(cell => cell.innerText))


*** Tasks ***
One Record
    [Documentation]    Open the record, enter it, read the table.
    Enter With The Browser Library
    ${rows}=    Evaluate JavaScript    ${NONE}    ${READ}
    Hand In    ${TEST NAME}    ${rows}
