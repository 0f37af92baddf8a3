*** Settings ***
Documentation       File what a workbook asks for: RPA Framework reads the workbook and writes the page, our keywords
...                 send the form once and keep the proof. Copy it to the bots/ of your folder.
Resource            keywords/steps/work_item.resource
Library             keywords.site.Site
Library             RPA.Excel.Files
Library             RPA.Tables
Library             RPA.PDF

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
File What The Workbook Asks For
    [Documentation]    The row of the item's batch becomes one request; what was sent is kept as a page.
    ${batch}=    Take The Batch Of The Work Item
    ${row}=    Take The Row Of The Batch    ${batch.batch_id}
    ${number}=    Send Form Once    storage_request    request
    ...    batch=${batch.batch_id}    service=${row}[Service]    note=${row}[Note]
    Html To Pdf    <h1>Request ${number}</h1><p>${row}[Service]</p>    ${OUTPUT_DIR}/request.pdf
    Hand Over    request_number=${number}    service=${row}[Service]


*** Keywords ***
Take The Row Of The Batch
    [Documentation]    The one row of the workbook that is about a batch; none or several are a person's.
    [Arguments]    ${batch_id}
    ${path}=    Get Work Item Variable    workbook
    Open Workbook    ${path}
    ${table}=    Read Worksheet As Table    header=${True}
    Close Workbook
    Filter Table By Column    ${table}    Batch    ==    ${batch_id}
    ${size}=    Get Table Dimensions    ${table}
    IF    ${size}[0] != 1
        Fail    BUSINESS ROW_NOT_ONE: The workbook has ${size}[0] rows for batch ${batch_id}; correct it.
    END
    ${row}=    Get Table Row    ${table}    0
    RETURN    ${row}
