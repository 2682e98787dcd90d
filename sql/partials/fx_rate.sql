{{! NGN per unit of the effective currency; NULL for any but NGN and USD (section 4). Stands where fx_days is joined. }}
CASE effective_currency WHEN 'NGN' THEN NUMERIC '1' WHEN 'USD' THEN fx_days.usd_ngn END
