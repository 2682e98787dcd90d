{{! The first non-null of up to three drifting names, as JSON text: for what may be an object or an array. An empty string is NULL. }}
{{! Takes of (a column of JSON text), a to c (paths below $). }}
COALESCE(NULLIF(JSON_QUERY({{of}}, '$.{{a}}'), '""'){{#if b}}, NULLIF(JSON_QUERY({{of}}, '$.{{b}}'), '""'){{/if}}{{#if c}}, NULLIF(JSON_QUERY({{of}}, '$.{{c}}'), '""'){{/if}})
