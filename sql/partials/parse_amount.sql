{{! An amount as NUMERIC, or NULL where the text is none (section 3). Takes of (text). }}
{{! From 10^24 on it is none either: NUMERIC ends at 10^29, and one such event would fail every sum it is part of. }}
IF(ABS(SAFE_CAST({{of}} AS NUMERIC)) < NUMERIC '1000000000000000000000000', SAFE_CAST({{of}} AS NUMERIC), NULL)
