{{! A count as INT64, or NULL where the text is no whole number: 2 and 2.0 are, 1.5 is not. Takes of (text). }}
SAFE_CAST(REGEXP_REPLACE({{of}}, r'^\s*([+-]?[0-9]+)(\.0*)?\s*$', r'\1') AS INT64)
