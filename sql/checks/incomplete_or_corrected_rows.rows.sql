-- Each row that is incomplete or was corrected, with the table and the key it is found by.
WITH {{> row_findings}}

SELECT date, finding, table_name, row_key, vendor
FROM row_findings
WHERE date BETWEEN @from AND @to
ORDER BY finding, table_name, date, row_key
