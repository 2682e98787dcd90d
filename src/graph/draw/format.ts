// The names of the formats, apart from the code that draws them: a command line names them without loading it.

export const GRAPH_FORMATS = ['text', 'json', 'mermaid', 'dot', 'svg', 'html'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];
