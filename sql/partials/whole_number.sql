{{! A count as INT64, or NULL where the text is no whole number: 2 and 2.0 are, 1.5 is not. Takes of (text). }}
{{! Beyond 12 digits it is none either: INT64 ends at 19, and one such line would fail every sum it is part of. }}
{{! Nearly all have one or two digits, which is told faster. }}
IF(REGEXP_CONTAINS({{of}}, r'^[0-9]{1,2}$'), SAFE_CAST({{of}} AS INT64), SAFE_CAST(REGEXP_EXTRACT({{of}}, r'^\s*([+-]?[0-9]{1,12})(?:\.0*)?\s*$') AS INT64))
