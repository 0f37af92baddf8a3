*** Settings ***
Documentation       RPA.Browser.Selenium with a browser for each item.
Library             RPA.Browser.Selenium    auto_close=${FALSE}
Resource            selenium_work.resource


*** Tasks ***
One Record
    [Documentation]    Open the record, enter it, read the table.
    [Setup]    Open A Chromium
    Enter And Read With Selenium
    [Teardown]    Close Browser
