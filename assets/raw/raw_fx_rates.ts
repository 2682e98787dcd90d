// Exchange rates in the warehouse.
import { expression, notNull, seed, unique } from 'pulse';

export default seed({
  name: 'raw_fx_rates',
  description: 'NGN per 1 USD by day, as listed; days are missing.',
  deps: ['fx_rate_files'],
  headers: { date: 'date', usd_ngn: 'USDNGN' },
  tags: ['raw', 'fx'],
  owner: 'finance',
  columns: [
    ['date', 'DATE', 'The day the rate is listed for.'],
    ['usd_ngn', 'NUMERIC', 'NGN per 1 USD.'],
  ],
  checks: [
    unique('date', { severity: 'warn' }),
    notNull('date', { severity: 'warn' }),
    notNull('usd_ngn', { severity: 'warn' }),
    expression('rates are positive', 'usd_ngn > 0', { severity: 'warn' }),
  ],
});
