// Every function that the analyzer's catalog has, with its signatures: asked of the server itself.

import { startServer } from '../../src/googlesql/server.ts';

/** What an argument takes: a type, `ANY_1` and `ARRAY_ANY_1` of a template, `LAMBDA`, an enum's name. */
export interface Parameter {
  readonly kind: string;
  readonly cardinality: 'REQUIRED' | 'OPTIONAL' | 'REPEATED';
  /** Set where the argument must be written `name => value`. */
  readonly name: string | undefined;
  /** How many arguments the lambda takes; 0 for what is none. */
  readonly lambdaOf: number;
}

export interface Signature {
  /** As it is called: `concat`, `$add`, `net.host`. */
  readonly name: string;
  readonly mode: 'SCALAR' | 'AGGREGATE' | 'ANALYTIC';
  readonly parameters: readonly Parameter[];
  readonly returns: string;
  /** Whether the function may stand over a window. */
  readonly takesOver: boolean;
  /** `SUBSTR(STRING, INT64, [INT64])` */
  readonly text: string;
}

interface TypeMessage {
  readonly type_kind?: string;
  readonly enum_type?: { readonly enum_name?: string };
  readonly array_type?: { readonly element_type?: TypeMessage };
}
interface ArgumentMessage {
  readonly kind: string;
  readonly type?: TypeMessage;
  readonly options?: {
    readonly cardinality?: Parameter['cardinality'];
    readonly argument_name?: string;
    readonly named_argument_kind?: string;
  };
  readonly lambda?: { readonly argument?: readonly unknown[] };
}
interface FunctionMessage {
  readonly name_path: readonly string[];
  readonly mode: readonly Signature['mode'][] | Signature['mode'];
  readonly options?: { readonly supports_over_clause?: boolean };
  readonly signature?: readonly {
    readonly argument?: readonly ArgumentMessage[];
    readonly return_type: ArgumentMessage;
  }[];
}

/** BigQuery has these, the server's maximum has not. */
const MORE = [
  'FEATURE_INTERVAL_TYPE',
  'FEATURE_V_1_4_GROUPING_BUILTIN',
  'FEATURE_INVERSE_TRIG_FUNCTIONS',
  'FEATURE_TIME_BUCKET_FUNCTIONS',
];
/** Types that no query of BigQuery's can name, or that pulse has no values of. */
const FOREIGN = /PROTO|MAP|GEOGRAPHY|INT32|UINT|\bFLOAT\b|RANGE/;

/** In order of their names; those over types that BigQuery lacks are left out. */
export async function signatures(): Promise<readonly Signature[]> {
  const server = await startServer();
  try {
    const language = await server.call('GetLanguageOptions', { maximum_features: true }, { timeoutMs: 20_000 });
    const features = [...(language.enabled_language_features as string[]), ...MORE];
    const options = { ...language, product_mode: 'PRODUCT_EXTERNAL', enabled_language_features: features };
    const reply = await server.call('GetBuiltinFunctions', { language_options: options }, { timeoutMs: 20_000 });
    return (reply.function as FunctionMessage[])
      .flatMap(signaturesOf)
      .filter(signature => !FOREIGN.test(`${signature.parameters.map(p => p.kind).join(' ')} ${signature.returns}`))
      .sort((a, b) => (a.text < b.text ? -1 : 1));
  } finally {
    server.stop();
  }
}

function signaturesOf(of: FunctionMessage): readonly Signature[] {
  const name = of.name_path.join('.');
  const mode = (Array.isArray(of.mode) ? of.mode[0] : of.mode) as Signature['mode'];
  return (of.signature ?? []).map(({ argument = [], return_type }) => {
    const parameters = argument.map(parameterOf);
    const returns = kindOf(return_type);
    const takesOver = of.options?.supports_over_clause === true;
    return { name, mode, parameters, returns, takesOver, text: textOf(name, parameters) };
  });
}

const parameterOf = (argument: ArgumentMessage): Parameter => ({
  kind: kindOf(argument),
  cardinality: argument.options?.cardinality ?? 'REQUIRED',
  name: argument.options?.named_argument_kind === 'NAMED_ONLY' ? argument.options.argument_name : undefined,
  lambdaOf: argument.kind.endsWith('LAMBDA') ? (argument.lambda?.argument ?? []).length : 0,
});

const kindOf = ({ kind, type }: ArgumentMessage): string =>
  type === undefined ? kind.replace(/^ARG_(TYPE_)?/, '').replace('ARRAY_TYPE_', 'ARRAY_') : typeName(type);

function typeName(type: TypeMessage): string {
  const kind = (type.type_kind ?? '').replace('TYPE_', '').replace('DOUBLE', 'FLOAT64');
  if (kind === 'ENUM') return (type.enum_type?.enum_name ?? '').replace(/^.*\./, '');
  return kind === 'ARRAY' ? `ARRAY<${typeName(type.array_type?.element_type ?? {})}>` : kind;
}

function textOf(name: string, parameters: readonly Parameter[]): string {
  const parts = parameters.map(({ kind, cardinality, name: named, lambdaOf }) => {
    const shown = lambdaOf > 0 ? (lambdaOf === 1 ? 'e -> …' : '(e, i) -> …') : kind;
    const whole = named === undefined ? shown : `${named} => ${shown}`;
    return cardinality === 'REQUIRED' ? whole : cardinality === 'OPTIONAL' ? `[${whole}]` : `${whole}, …`;
  });
  return `${name.startsWith('$') ? name.slice(1) : name.toUpperCase()}(${parts.join(', ')})`;
}
