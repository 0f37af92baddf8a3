*** Settings ***
Documentation       Ask a model on an early culture day whether a batch will fail, and give the answer to the MES.
...                 Nothing is held unless the model is approved: until then every answer is a SHADOW.
Resource            ../keywords/steps/work_item.resource
Library             keywords.predictive_holds.library.PredictiveHolds

Task Teardown       Keep Pictures On Failure
Task Timeout        ${ITEM_TIMEOUT}


*** Tasks ***
Ask Early Whether The Batch Will Fail
    [Documentation]    One batch on its culture day.
    [Metadata]    Requirement    URS-080
    ${batch}=    Take The Batch Of The Work Item
    ${mode}=    Mode Of Model    ${RISK_MODEL}
    ${risk}=    Predict Batch Risk    ${batch}    ${RISK_MODEL}    day=${RISK_CULTURE_DAY}
    ${reasons}=    Explain Risk    ${risk}    ${RISK_MODEL}
    ${stored}=    Propose Hold    ${risk}    ${reasons}    ${mode}    ${RISK_MODEL}
    ${beside}=    Let A Challenger Answer Too    ${batch}    ${CHALLENGER_MODEL}    ${RISK_MODEL}
    ...    day=${RISK_CULTURE_DAY}
    Hand Over    batch_id=${batch.batch_id}    prediction_id=${stored.prediction_id}    mode=${mode.value}
    ...    answer=${risk.answer.value}    probability=${risk.probability}    challenger=${beside}
