// FORMAT against the reference implementation.

import { afterAll, test } from 'vitest';
import { Bench } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

test('FORMAT answers as the reference', async () => {
  await agreeOn(
    bench,
    String.raw`
      FORMAT('⟨%d¦%i¦%5d¦%-5d|¦%05d¦%+d¦% d¦%\'d¦%x¦%X¦%#x¦%o¦%t¦%T¦%.3d¦%10.3d¦%d%%⟩', ⟨5¦-1234567¦9223372036854775807¦NULL⟩)
      FORMAT('⟨%f¦%.2f¦%10.2f¦%-10.2f|¦%010.2f¦%+.1f¦%.0f¦%e¦%.2E¦%g¦%G¦%.3g¦%t¦%T¦%\'.2f¦%#g¦%F¦%.20f¦% f⟩', ⟨3.14159¦-0.5¦2.5¦1e22¦123456789.125¦CAST('inf' AS FLOAT64)¦CAST('nan' AS FLOAT64)¦1e-7¦0.0¦100000.0¦1234567.0¦1.0⟩)
      FORMAT('⟨%f¦%.2f¦%10.3f¦%e¦%g¦%t¦%T¦%\'.2f¦%.9f¦%.12f¦%.0f¦%+.1f⟩', NUMERIC '⟨3.14159¦-0.5¦1234567890123456789.123456789¦0¦100000¦1234567¦2.5⟩')
      FORMAT('⟨%s¦%10s¦%-10s|¦%.2s¦%5.1s¦%t¦%T⟩', ⟨'abc'¦'é😀x'¦''¦'a"b\'c\n\\'⟩)
      FORMAT('⟨%t¦%T¦%10t|⟩', ⟨TRUE¦DATE '2020-01-02'¦TIMESTAMP '2020-01-02 03:04:05.5+00'¦DATETIME '2020-01-02 03:04:05'¦TIME '03:04:05.123456'¦b'a\xff\x00"'¦[1,2]¦['a',NULL]¦STRUCT(1 AS a, 'x' AS b)¦STRUCT(1,NULL)¦CAST(NULL AS DATE)¦CAST(NULL AS ARRAY<INT64>)¦NUMERIC '1.5'¦1.0¦[1.0]¦JSON '{"a":1}'¦STRUCT(1)⟩)
      FORMAT('⟨abc¦100%%¦⟩')
      FORMAT('%d-%s', 1, 'x')
      FORMAT('%d-%s', NULL, 'x')
      FORMAT(NULL, 1)
      FORMAT('%T', ⟨'\a\b\f\v\x01\x7f'¦"it's"¦'say "hi"'¦'\u0085\u200b'¦b'\n\x07\'¦b"it's"¦JSON '"it\'s"'⟩)
      FORMAT('%t', b'it\'s')
      FORMAT('⟨%t¦%T⟩', CODE_POINTS_TO_BYTES(⟨[10, 9, 13, 7]¦[96]¦[92, 34]¦[34, 39, 127, 128]⟩))
      FORMAT("%⟨#x¦#o¦#5X¦.0d¦.0x¦#08.4x¦ 08.2o¦'x¦'X¦'o¦'#012x¦-'8d⟩|", ⟨0¦1¦-1234567¦9223372036854775807¦-9223372036854775808⟩)
      FORMAT('%t', [[1.5][0], 2.0])
      FORMAT('⟨%f¦%.0f¦%e¦%g¦%5.1f¦%+f¦%05.1f¦%t¦%T⟩', ⟨-0.0¦-1e-10⟩)
      FORMAT('⟨%*d¦%-*d|¦%0*d¦%.*d⟩', ⟨5¦-5¦0¦NULL⟩, 42)
      FORMAT('⟨%.*f¦%*f¦%-*f|⟩', ⟨2¦-2¦0¦12¦NULL⟩, 1.25)
      FORMAT('%*.*f|%*s|%*t', 8, 2, 3.14159, ⟨-6¦6⟩, 'ab', 4, TRUE)
      FORMAT('⟨%t¦%T⟩', ⟨[STRUCT(1 AS p, ['u', NULL] AS q), (2, [])]¦[STRUCT([STRUCT([1, 2] AS a)] AS b)]⟩)
    `,
  );
}, 120_000);
