{{! first_text for currency, status and email: trimmed first, so that a blank string is NULL too and the next name is asked. }}
{{! Takes of (a column of JSON text), a to d (paths below $). }}
COALESCE(NULLIF(TRIM(JSON_VALUE({{of}}, '$.{{a}}')), ''){{#if b}}, NULLIF(TRIM(JSON_VALUE({{of}}, '$.{{b}}')), ''){{/if}}{{#if c}}, NULLIF(TRIM(JSON_VALUE({{of}}, '$.{{c}}')), ''){{/if}}{{#if d}}, NULLIF(TRIM(JSON_VALUE({{of}}, '$.{{d}}')), ''){{/if}})
