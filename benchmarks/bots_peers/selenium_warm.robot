*** Settings ***
Documentation       RPA.Browser.Selenium with one browser for all items.
Library             RPA.Browser.Selenium    auto_close=${FALSE}
Resource            selenium_work.resource

Suite Setup         Open A Chromium
Suite Teardown      Close All Browsers


*** Tasks ***
One Record
    [Documentation]    Open the record, enter it, read the table.
    Enter And Read With Selenium
