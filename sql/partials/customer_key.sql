{{! Who ordered (section 6): the hash of the best that is known of them. Takes email, phone, vendor, customer_id (columns). }}
TO_HEX(SHA256(COALESCE(
    CONCAT('email:', {{email}}),
    CONCAT('phone:', {{phone}}),
    CONCAT('id:', COALESCE({{vendor}}, ''), ':', {{customer_id}}),
    'unknown'
  )))
