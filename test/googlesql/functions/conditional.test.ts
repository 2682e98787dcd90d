// Conditions against the reference implementation: what is not taken is not computed.

import { afterAll, test } from 'vitest';
import { Bench } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

test('conditions answer as the reference', async () => {
  await agreeOn(
    bench,
    String.raw`
      IF(⟨TRUE¦FALSE¦NULL⟩, 1, ⟨2¦NULL⟩)
      IF(TRUE, 1, 1/0)
      IFNULL(⟨1¦NULL⟩, ⟨2¦NULL⟩)
      COALESCE(⟨1¦NULL⟩, NULL, 3, 1/0)
      NULLIF(⟨1¦NULL¦2⟩, ⟨1¦NULL⟩)
      NULLIF(CAST('nan' AS FLOAT64), CAST('nan' AS FLOAT64))
      ⟨GREATEST¦LEAST⟩(⟨1,2,3¦1,NULL¦3¦CAST('nan' AS FLOAT64), 1.0¦1.0, CAST('inf' AS FLOAT64)¦'a','B','é'¦DATE '2020-01-01', DATE '2021-01-01'¦b'a', b'\xff'¦-0.0, 0.0¦0.0, -0.0¦TRUE,FALSE¦NULL, CAST('nan' AS FLOAT64)⟩)
      ⟨GREATEST¦LEAST⟩(⟨INTERVAL 1 MONTH¦INTERVAL 720 HOUR¦INTERVAL -1 SECOND¦NULL⟩, INTERVAL 1 DAY, ⟨INTERVAL 30 DAY¦INTERVAL 24 HOUR⟩)
      CASE ⟨1¦2¦NULL⟩ WHEN 1 THEN 'a' WHEN 2 THEN 'b' ⟨ELSE 'c'¦⟩ END
      CASE WHEN ⟨TRUE¦FALSE¦NULL⟩ THEN 1 WHEN 1/0=1 THEN 3 ELSE 2 END
      CASE CAST('nan' AS FLOAT64) WHEN CAST('nan' AS FLOAT64) THEN 1 ELSE 2 END
      ZEROIFNULL(⟨1¦NULL¦1.5⟩)
      NULLIFZERO(⟨0¦NULL¦1.5¦NUMERIC '0'⟩)
      IFERROR(⟨1/0¦1/2¦CAST(NULL AS FLOAT64)⟩, 5)
    `,
  );
}, 120_000);
