// The name of the query parameter that {{in_partitions}} reads in an incremental build.
// By itself, so that binding it does not load Handlebars.

export const PARTITIONS_PARAMETER = 'pulse_partitions';
