{{! The first non-null of up to four drifting names, as text (section 3). An empty string is NULL, so the next name is asked. }}
{{! Takes of (a column of JSON text), a to d (paths below $). Objects and arrays are no text: the next name is asked. }}
COALESCE(NULLIF(JSON_VALUE({{of}}, '$.{{a}}'), ''){{#if b}}, NULLIF(JSON_VALUE({{of}}, '$.{{b}}'), ''){{/if}}{{#if c}}, NULLIF(JSON_VALUE({{of}}, '$.{{c}}'), ''){{/if}}{{#if d}}, NULLIF(JSON_VALUE({{of}}, '$.{{d}}'), ''){{/if}})
