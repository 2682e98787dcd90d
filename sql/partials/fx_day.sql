{{! The day of fx_days whose rate holds on a date: after the last listed date the last, before the first the first. Takes of (a DATE). }}
LEAST(GREATEST({{of}}, fx_span.first_day), fx_span.last_day)
