// Operators against the reference implementation: overflow, NaN, NULL in three values, patterns, bits.

import { afterAll, test } from 'vitest';
import { Bench } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

test('operators answer as the reference, to the error', async () => {
  await agreeOn(
    bench,
    String.raw`
      ⟨1¦9223372036854775807¦-9223372036854775808¦0¦NULL⟩ ⟨+¦-¦*⟩ ⟨1¦-1¦9223372036854775807¦CAST(NULL AS INT64)⟩
      ⟨1.5¦CAST('inf' AS FLOAT64)¦CAST('nan' AS FLOAT64)¦1e308¦-0.0¦CAST(NULL AS FLOAT64)⟩ ⟨+¦-¦*¦/¦=¦<>¦<¦<=¦>¦>=⟩ ⟨0.0¦1e308¦CAST('-inf' AS FLOAT64)¦CAST('nan' AS FLOAT64)¦1e-300¦CAST(NULL AS FLOAT64)⟩
      ⟨NUMERIC '1.5'¦NUMERIC '99999999999999999999999999999.999999999'¦NUMERIC '-99999999999999999999999999999.999999999'¦NUMERIC '0.000000001'¦NUMERIC '12345678901234567890.123'¦CAST(NULL AS NUMERIC)⟩ ⟨+¦-¦*¦/¦=¦<⟩ ⟨NUMERIC '0'¦NUMERIC '0.000000001'¦NUMERIC '-3'¦NUMERIC '99999999999999999999999999999.999999999'¦NUMERIC '-0.5'⟩
      -⟨NUMERIC '1'¦(-9223372036854775808)¦5¦CAST('nan' AS FLOAT64)¦0.0¦CAST(NULL AS INT64)⟩
      ⟨SAFE_ADD¦SAFE_SUBTRACT¦SAFE_MULTIPLY⟩(⟨9223372036854775807, 1¦-9223372036854775808, 1¦-9223372036854775808, -1¦NULL, 1¦1e308, 1e308¦-1e308, 1e308¦NUMERIC '99999999999999999999999999999', NUMERIC '99999999999999999999999999999'¦2,3⟩)
      SAFE_NEGATE(⟨-9223372036854775808¦5¦1.5¦NULL⟩)
      SAFE_DIVIDE(⟨1,0¦1,2¦0,0¦1e308,1e-10¦NUMERIC '1', NUMERIC '3'¦NUMERIC '1', NUMERIC '0'¦NUMERIC '-2', NUMERIC '3'¦NULL,0⟩)
      IEEE_DIVIDE(⟨1,0¦0,0¦-1,0¦1,2¦1e308,1e-308¦NULL,0¦CAST('nan' AS FLOAT64), 1¦0.0,-0.0⟩)
      ⟨1/0¦0/0¦NULL/0¦0/NULL¦7/2¦1/3¦-7/2⟩
      (1, 2) ⟨=¦!=⟩ ⟨(1,2)¦(1,3)¦(1,NULL)¦(NULL,3)¦(NULL,2)¦(2,NULL)⟩
      [1,2] ⟨=¦!=⟩ ⟨[1,2]¦[1]¦[1,NULL]¦[2,NULL]¦CAST(NULL AS ARRAY<INT64>)¦ARRAY<INT64>[]⟩
      STRUCT(1 AS a, CAST('nan' AS FLOAT64) AS b) = STRUCT(1 AS a, CAST('nan' AS FLOAT64) AS b)
      [CAST('nan' AS FLOAT64)] = [CAST('nan' AS FLOAT64)]
      ⟨TRUE¦FALSE¦CAST(NULL AS BOOL)⟩ ⟨AND¦OR¦=¦<¦IS DISTINCT FROM¦IS NOT DISTINCT FROM⟩ ⟨TRUE¦FALSE¦CAST(NULL AS BOOL)⟩
      NOT ⟨TRUE¦FALSE¦CAST(NULL AS BOOL)⟩
      ⟨TRUE¦FALSE¦CAST(NULL AS BOOL)⟩ IS ⟨TRUE¦FALSE¦NULL¦NOT TRUE¦NOT FALSE¦NOT NULL⟩
      ⟨1¦2¦NULL⟩ ⟨IN¦NOT IN⟩ (⟨1¦2,3¦NULL¦1,NULL⟩)
      ⟨1.0¦CAST('nan' AS FLOAT64)¦NULL⟩ IN (⟨1.0¦CAST('nan' AS FLOAT64)¦1.0,NULL⟩)
      (1,2) IN ((1,2))
      (1,NULL) IN ((1,2))
      (1,NULL) IN ((2,2))
      ⟨1¦2¦NULL⟩ ⟨IN¦NOT IN⟩ UNNEST(⟨[1]¦[2,3]¦[NULL]¦[1,NULL]¦ARRAY<INT64>[]¦CAST(NULL AS ARRAY<INT64>)⟩)
      ⟨1.0¦CAST('nan' AS FLOAT64)¦NULL⟩ IN UNNEST([1.0, CAST('nan' AS FLOAT64)])
      (1,2) IN UNNEST([STRUCT(1,2),STRUCT(NULL,2)])
      (3,2) IN UNNEST([STRUCT(1,2),STRUCT(NULL,2)])
      ⟨1¦0¦3¦NULL⟩ BETWEEN ⟨1¦NULL⟩ AND ⟨2¦NULL⟩
      ⟨1.0¦CAST('nan' AS FLOAT64)⟩ BETWEEN 0.0 AND ⟨2.0¦CAST('inf' AS FLOAT64)¦CAST('nan' AS FLOAT64)⟩
      'b' BETWEEN 'a' AND 'c'
      DATE '2020-01-01' BETWEEN '2020-01-01' AND '2020-12-31'
      ⟨'abc'¦'a%c'¦''¦'a\\c'¦'a_c'¦'aéc'¦'a\nc'¦'a😀c'¦NULL⟩ LIKE ⟨'a%'¦'a_c'¦'a\\%c'¦'a\\_c'¦'%'¦''¦'a\\\\c'¦'abc\\'¦'a\\bc'¦'A%'¦'%c%'¦'_%_'¦NULL¦'a.c'⟩
      ⟨b'abc'¦b'a\xffc'¦b'a%c'¦b''⟩ LIKE ⟨b'a%'¦b'a_c'¦b'a\\%c'¦b'a\xff%'¦b'%'¦b'abc\\'⟩
      ⟨5¦-1¦0¦9223372036854775807⟩ ⟨&¦|¦^⟩ ⟨3¦-9223372036854775808¦NULL⟩
      ~⟨5¦-1¦NULL⟩
      ⟨1¦-1¦9223372036854775807⟩ ⟨<<¦>>⟩ ⟨0¦1¦62¦63¦64¦100¦-1¦NULL⟩
      ⟨b'\x01\xff'¦b''¦b'\x80\x00\x01'⟩ ⟨<<¦>>⟩ ⟨0¦1¦7¦8¦9¦24¦100¦-1⟩
      b'\x01\xff' ⟨&¦|¦^⟩ ⟨b'\x0f\x0f'¦b'\x01'⟩
      ~b'\x01\xff'
      DATE '2020-02-28' + ⟨1¦-1¦NULL¦4000000¦99999999999⟩
      DATE '2020-02-28' - ⟨1¦-1¦NULL¦4000000⟩
      1 + DATE '2020-02-28'
    `,
  );
}, 120_000);
