// Programs as ONNX models, for onnxruntime and everything else that reads them.

export { type ExportedModel, encodeOnnx } from './encode-onnx.ts';
export { ExportFault, type ExportFaultCode } from './export-fault.ts';
