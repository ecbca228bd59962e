// An operating fault of the data: a stable code, what is wrong and what to do, and the spec's field it comes from.

/** What can be wrong with any file that a spec names: a text's has codes that begin with `text-`, others' with `data-`. */
type FileFault = 'missing' | 'outside-root' | 'pattern' | 'unreadable' | 'empty' | 'too-large' | 'not-utf8';

export type DataFaultCode =
  | `text-${FileFault}`
  | 'text-too-short'
  | 'validation-too-short'
  | 'unknown-symbol'
  | 'vocabulary-invalid'
  | `data-${FileFault}`
  /** The file's ending or content is not what its format has. */
  | 'data-format'
  /** A column is not there. */
  | 'data-column'
  /** A value is missing, or not of the kind that was asked for. */
  | 'data-value'
  /** Tags that the scheme does not have in this order. */
  | 'data-tags'
  /** Files that belong together have different numbers of lines. */
  | 'data-lengths'
  /** Fewer examples than are needed. */
  | 'data-too-few';

export class DataFault extends Error {
  override readonly name = 'DataFault';
  readonly code: DataFaultCode;
  /** Such as `spec.data.text[0]`; undefined where no field of the spec is at fault. */
  readonly path: string | undefined;

  constructor(code: DataFaultCode, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}
