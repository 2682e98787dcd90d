// The calendar of the business.
import { expression, model, notNull, unique } from 'pulse';

export default model({
  name: 'dim_date',
  description: 'One row a day, from the first to the last business date, without gaps.',
  deps: ['stg_orders', 'stg_payments', 'stg_refunds', 'stg_shipments'],
  model: 'marts/dim_date.sql',
  tags: ['marts', 'dimension'],
  owner: 'analytics',
  columns: [
    ['date_key', 'INT64', 'The day as a number: 20230131.', 'REQUIRED'],
    ['date', 'DATE', 'The day.', 'REQUIRED'],
    ['year', 'INT64', 'Year.', 'REQUIRED'],
    ['quarter', 'INT64', 'Quarter, 1 to 4.', 'REQUIRED'],
    ['month', 'INT64', 'Month, 1 to 12.', 'REQUIRED'],
    ['month_name', 'STRING', 'English name of the month.', 'REQUIRED'],
    ['day', 'INT64', 'Day of the month.', 'REQUIRED'],
    ['day_of_week', 'INT64', 'Monday 1 to Sunday 7.', 'REQUIRED'],
    ['day_name', 'STRING', 'English name of the day.', 'REQUIRED'],
    ['iso_week', 'INT64', 'ISO 8601 week, 1 to 53.', 'REQUIRED'],
    ['is_weekend', 'BOOL', 'Whether it is a Saturday or Sunday.', 'REQUIRED'],
  ],
  checks: [
    unique('date_key'),
    notNull('date_key'),
    unique('date'),
    expression('the key is the day', "date_key = CAST(FORMAT_DATE('%Y%m%d', date) AS INT64)"),
  ],
});
