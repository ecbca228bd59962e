// Why a model cannot become an ONNX file: a stable code, and what to do instead.

export type ExportFaultCode =
  /** An operation, or how it is used here, that ONNX cannot say. */
  | 'no-onnx-form'
  /** More bytes than an ONNX file may have. */
  | 'onnx-too-large';

export class ExportFault extends Error {
  override readonly name = 'ExportFault';
  readonly code: ExportFaultCode;

  /** @param what is wrong, and with which operation. */
  constructor(code: ExportFaultCode, what: string) {
    super(`${what}; export the weights instead: --format safetensors`);
    this.code = code;
  }
}
