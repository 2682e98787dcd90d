// Text and bytes against the reference implementation: code points, white space, case, hashes.

import { afterAll, test } from 'vitest';
import { Bench } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

test('functions of text and bytes answer as the reference, to the error', async () => {
  await agreeOn(
    bench,
    String.raw`
      ⟨UPPER¦LOWER⟩(⟨'abcXYZ'¦''¦NULL¦'straße'¦'éÀ'¦'İıI'¦'ǆŉﬁ'¦'ΑΣ'¦'σς'¦b'abC\xe9'¦'ꭰ'¦'😀aB'⟩)
      ⟨TRIM¦LTRIM¦RTRIM⟩(⟨'  a b  '¦'\t\n\v\f\r a\u00a0'¦'\u0085\u1680a\u2003\u2028\u3000'¦'\u200ba\ufeff'¦''¦NULL¦'\u180ea'⟩)
      ⟨TRIM¦LTRIM¦RTRIM⟩(⟨'xxaxx'¦'éaé'¦'abcab'¦''¦NULL⟩, ⟨'x'¦'é'¦'ab'¦''¦NULL⟩)
      ⟨TRIM¦LTRIM¦RTRIM⟩(b'xxa\xffx', ⟨b'x'¦b'\xffx'¦b''⟩)
      ⟨LENGTH¦CHAR_LENGTH¦BYTE_LENGTH¦OCTET_LENGTH¦CHARACTER_LENGTH⟩(⟨'abc'¦'é😀'¦''¦NULL¦'e\u0301'⟩)
      ⟨LENGTH¦BYTE_LENGTH⟩(⟨b'abc'¦b''¦b'\xff\x00'⟩)
      SUBSTR(⟨'abcdef'¦'éa😀bc'¦''¦NULL⟩, ⟨1¦0¦2¦7¦-2¦-100¦9223372036854775807¦-9223372036854775808¦NULL⟩)
      SUBSTR(⟨'abcdef'¦'éa😀bc'¦''⟩, ⟨1¦0¦2¦-2¦-100¦100¦NULL⟩, ⟨0¦1¦3¦-1¦9223372036854775807¦NULL⟩)
      SUBSTR(⟨b'abcdef'¦b''⟩, ⟨1¦0¦2¦-2¦-100¦100⟩, ⟨0¦3¦-1¦9223372036854775807⟩)
      SUBSTR(b'abc', 2)
      ⟨LEFT¦RIGHT⟩(⟨'abc'¦'é😀x'¦''¦b'abc'⟩, ⟨0¦1¦2¦100¦-1¦9223372036854775807¦NULL⟩)
      CONCAT('a', ⟨'b'¦NULL¦''⟩)
      CONCAT('a')
      CONCAT(b'a', b'\xff')
      'a' || ⟨'b'¦NULL⟩
      [1] || ⟨[2]¦NULL¦[NULL]⟩
      REPLACE(⟨'aXbXc'¦''¦'ééé'¦NULL⟩, ⟨'X'¦''¦'é'¦NULL¦'XX'⟩, ⟨'--'¦''¦NULL⟩)
      REPLACE(b'a\xffb', ⟨b'\xff'¦b''⟩, b'zz')
      SPLIT(⟨'a,b,,c'¦''¦'é😀'¦NULL¦','¦'aXXbXc'⟩, ⟨','¦''¦'XX'¦NULL⟩)
      SPLIT(⟨'a,b'¦''¦NULL⟩)
      SPLIT(b'a,b', ⟨b','¦b''⟩)
      SPLIT(b'', ⟨b','¦b''⟩)
      ⟨STARTS_WITH¦ENDS_WITH⟩(⟨'abc'¦''¦NULL¦'éa'⟩, ⟨'a'¦'c'¦''¦'é'¦NULL¦'abcd'⟩)
      ⟨STARTS_WITH¦ENDS_WITH⟩(b'a\xffc', ⟨b'a'¦b'c'¦b''¦b'\xffc'¦b'\x0f'⟩)
      STRPOS(⟨'éabc'¦''¦NULL⟩, ⟨'b'¦''¦'z'¦'é'¦NULL⟩)
      STRPOS(⟨b'a\xffb'¦b''⟩, ⟨b'b'¦b''⟩)
      INSTR(⟨'banana'¦''¦'éaéa'⟩, ⟨'an'¦'a'¦''¦'é'⟩)
      INSTR('banana', 'a', ⟨1¦3¦-1¦-2¦-4¦-5¦-3¦0¦100¦-100¦NULL⟩, ⟨1¦2¦3¦0¦-1¦100¦NULL⟩)
      INSTR('banana', ⟨'an'¦'ana'¦''⟩, ⟨-1¦-2¦-3¦-5¦2¦7¦8⟩)
      INSTR(b'banana', b'an', ⟨1¦-1⟩, 2)
      ⟨LPAD¦RPAD⟩(⟨'abc'¦'é'¦''¦NULL⟩, ⟨0¦2¦5¦-1¦NULL⟩)
      ⟨LPAD¦RPAD⟩(⟨'abc'¦'é'⟩, ⟨2¦8¦1048577⟩, ⟨'xy'¦''¦'😀'¦NULL⟩)
      ⟨LPAD¦RPAD⟩(b'abc', ⟨2¦8⟩, b'xy')
      ⟨LPAD¦RPAD⟩(b'abc', 5)
      REPEAT(⟨'ab'¦''¦b'a'¦NULL⟩, ⟨0¦3¦-1¦10000000¦NULL⟩)
      REVERSE(⟨'abc'¦'é😀x'¦'e\u0301x'¦''¦NULL¦b'a\xff'⟩)
      TRANSLATE(⟨'abcabc'¦'éa'¦''¦NULL⟩, ⟨'ab'¦'é'¦''¦'aa'⟩, ⟨'xy'¦'x'¦''¦'xyz'⟩)
      TRANSLATE(b'abc', b'ab', b'x')
      INITCAP(⟨'hello wORLD'¦'o\'neil é-à'¦''¦NULL¦'a_b.c:d'¦'ǆabc'⟩)
      INITCAP('hello wORLD', ⟨'l'¦''¦NULL⟩)
      SOUNDEX(⟨'Robert'¦'Rupert'¦'Ashcraft'¦'Tymczak'¦'Pfister'¦''¦NULL¦'123a'¦'éa'¦'Honeyman'¦'a'¦'BB'¦'ABWB'¦'CAAC'⟩)
      NORMALIZE(⟨'e\u0301'¦'ﬁ'¦''¦NULL¦'\u00ea'⟩, ⟨NFC¦NFD¦NFKC¦NFKD⟩)
      NORMALIZE('e\u0301')
      NORMALIZE_AND_CASEFOLD(⟨'The RED barn'¦'straße'¦'ẞ'¦'İıI'¦'ΑΣς'¦'ﬁ'¦'ŉ'¦'ͅ'¦'Ꭰꭰ'¦'ǅ'¦'ϐ'¦'ſ'¦'K'¦NULL⟩)
      NORMALIZE_AND_CASEFOLD('ﬁ', NFKC)
      ASCII(⟨'abc'¦''¦'é'¦NULL¦b'a'¦b'\xff'¦b''⟩)
      UNICODE(⟨'abc'¦''¦'é'¦'😀'¦NULL⟩)
      TO_CODE_POINTS(⟨'aé😀'¦''¦NULL¦b'a\xff'⟩)
      CODE_POINTS_TO_STRING(⟨[97,233,128512]¦[0]¦[NULL,97]¦[-1]¦[55296]¦ARRAY<INT64>[]¦NULL⟩)
      CODE_POINTS_TO_BYTES(⟨[97,233]¦[256]¦[-1]¦[NULL]¦ARRAY<INT64>[]¦NULL⟩)
      SAFE_CONVERT_BYTES_TO_STRING(⟨b'a\xffb'¦b'\xc2'¦b'\xe2\x82'¦b'\xed\xa0\x80'¦b'ok\xc3\xa9'¦b''¦NULL¦b'\xef\xbb\xbfa'¦b'\xf0\x9f\x98'⟩)
      TO_HEX(⟨b'\x00\xffab'¦b''¦NULL⟩)
      TO_HEX(⟨SHA256¦SHA1¦MD5¦SHA512⟩(⟨'abc'¦''¦NULL¦b'\xff'¦'é'⟩))
      ⟨SHA256¦SHA1¦MD5¦SHA512⟩(⟨'abc'¦''¦NULL¦b'\xff'¦'é'⟩)
      FROM_HEX(⟨'00ffAb'¦'abc'¦''¦'zz'¦NULL¦' 00'⟩)
      TO_BASE64(⟨b'\x00\xffab'¦b''¦b'a'¦NULL⟩)
      FROM_BASE64(⟨'AP9hYg=='¦'AP9hYg'¦''¦'!'¦'A'¦'AP 9h\nYg=='¦'YQ='¦'YQ==='¦'YR=='¦NULL¦'_-'⟩)
      CHR(⟨65¦233¦128512¦-1¦55296¦1114112¦NULL⟩)
    `,
  );
}, 120_000);
