{{! An amount in NGN, to the kobo, half away from zero (section 4). Takes amount (a column); NULL where it has no rate. }}
ROUND(SAFE_MULTIPLY({{amount}}, fx_rate), 2)
