// What a training spec may say: types, schema, faults that point at a line.

export { customResourceText } from './custom-resource.ts';
export { type Fault, formatFault } from './fault.ts';
export { formatJob, jobDifferences, withoutLength } from './format-job.ts';
export type * from './job.ts';
export { maxSpecBytes, type ParseOptions, type ParseResult, parseJob } from './parse-job.ts';
export { relations } from './relations.ts';
export { jobSchema } from './schema.ts';
