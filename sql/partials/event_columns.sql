{{! What every staging row keeps of its event (data contract, section 5). Takes nothing; stands in a SELECT from raw_events. }}
event_id,
  event_type,
  event_time,
  event_date,
  NULLIF(vendor, '') AS vendor,
  ingested_at,
  IF(STARTS_WITH(event_type, 'historical_'), 'historical', 'live') AS source
