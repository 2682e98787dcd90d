// Exchange rates as files.
import { source } from 'pulse';

export default source({
  name: 'fx_rate_files',
  description: 'NGN per 1 USD, one rate a day; days are missing.',
  files: ['fx_rates*.csv'],
  format: 'csv',
  tags: ['raw', 'fx'],
  owner: 'finance',
});
