// Regular expressions against the reference implementation: groups, rewrites, empty matches.

import { afterAll, test } from 'vitest';
import { Bench } from '../agree.ts';
import { agreeOn } from './cases.ts';

const bench = new Bench();
afterAll(() => bench.close());

test('regular expressions answer as the reference', async () => {
  await agreeOn(
    bench,
    String.raw`
      REGEXP_CONTAINS(⟨'foo@bar.com'¦''¦'a\nb'¦NULL¦'É'⟩, ⟨r'@[a-z]+'¦r'^$'¦r'a.b'¦r'(?s)a.b'¦NULL¦r'(?i)é'¦r'\pL'⟩)
      REGEXP_EXTRACT(⟨'foo@bar.com'¦''¦'abb'¦NULL¦'xyz'⟩, ⟨r'@([a-z]+)'¦r'b+'¦r'(a)?b'¦r'z(q)?'¦r'(a)(b)'¦r'(?:a)(b)'¦r'\((a)'¦r'[(](a)'¦r''¦r'(?P<n>b)'¦NULL¦r'(b*)'¦r'([0-9]*)'¦r'([a-z]*[0-9]?)'¦r'(a*b+)'¦r'(b{0,2})'¦r'[(a)](b*)'¦r'\(a)?(b*)'⟩)
      REGEXP_EXTRACT_ALL(⟨'a1b22'¦''¦'xyz'¦NULL¦'aébb'⟩, ⟨r'[0-9]'¦r'([a-z])[0-9]'¦r'b+'¦r'(x)(y)'¦r'(q)?z'⟩)
      REGEXP_REPLACE(⟨'abc123'¦''¦'aéa'¦NULL⟩, ⟨r'[0-9]+'¦r'(a)'¦r'b*'¦r''¦r'^'¦r'$'¦r'(x)?a'⟩, ⟨r'<\0>'¦r'<\1>'¦r'\\'¦r''¦r'\2'¦r'\x'¦'$1'¦NULL⟩)
      REGEXP_INSTR(⟨'abc'¦''¦'zaéz'⟩, ⟨'z*'¦'b*'¦'$'¦'^'¦'(z)*'¦'()'¦''⟩⟨¦, 2¦, 3¦, 1, 2¦, 2, 1, 1⟩)
      REGEXP_INSTR(⟨'a(?<c'¦'a(<c'⟩, ⟨r'(?<n>c)'¦r'(?P<n>c)'¦r'[(?<]c'¦r'\Q(?<\Ec'¦r'\(?<c'¦r'[]\](?<]c'¦r'\\(?<n>c)'⟩)
    `,
  );
}, 120_000);
