// An operating fault of the data: a stable code, what is wrong and what to do, and the spec's field it comes from.

export type DataFaultCode =
  | 'text-missing'
  | 'text-outside-root'
  | 'text-pattern'
  | 'text-unreadable'
  | 'text-empty'
  | 'text-too-large'
  | 'text-not-utf8'
  | 'text-too-short'
  | 'validation-too-short'
  | 'unknown-symbol'
  | 'vocabulary-invalid';

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
