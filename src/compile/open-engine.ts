// The GoogleSQL floor behind the compiler's port: one analyzer, and the translator.

import { type Analyzer, errorOf } from '../googlesql/analyzer.ts';
import { codeHash } from '../googlesql/code-hash.ts';
import { translate } from '../googlesql/translate/translate.ts';
import type { CompileEngine } from './engine.ts';

export const engineOf = (analyzer: Analyzer): CompileEngine => ({
  analyze: (sql, context) => analyzer.analyze(sql, context),
  translate: analyzed => translate(analyzed).sql,
  codeHash: analyzed => codeHash(analyzed.statement),
  errorOf: expressions => errorOf(analyzer, expressions),
});
