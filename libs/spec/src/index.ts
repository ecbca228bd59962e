// What a training spec may say: types, schema, faults that point at a line.
export type * from './job.ts';
