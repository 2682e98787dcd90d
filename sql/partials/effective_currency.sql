{{! The currency an amount is counted in (section 4). Takes amount and currency (columns). }}
-- Naira labelled as dollars: USD above plausible_max_usd is NGN.
  IF({{currency}} = 'USD' AND {{amount}} > CAST({{var "plausible_max_usd"}} AS NUMERIC), 'NGN', {{currency}})
