// How a check is called in messages and reports: as the person wrote it. For all adapters.

import type { Check } from '../asset/check.ts';

/** `unique(order_id)`, `refersTo(order_id, fact_orders)`; an expression goes by its own name. */
export function checkName(check: Check): string {
  switch (check.kind) {
    case 'unique':
      return `unique(${check.columns.join(', ')})`;
    case 'not-null':
      return `notNull(${check.column})`;
    case 'accepted-values':
      return `acceptedValues(${check.column})`;
    case 'refers-to':
      return `refersTo(${check.column}, ${check.asset}${check.key === check.column ? '' : `.${check.key}`})`;
    case 'range':
      return `range(${check.column}, ${check.min ?? ''}..${check.max ?? ''})`;
    case 'row-count':
      return check.of === 'table' ? 'rowCount' : 'rowCount(partition)';
    case 'freshness':
      return `freshness(${check.column})`;
    case 'expression':
      return check.name;
  }
}
