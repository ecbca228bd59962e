// What the module exports: the names of Kernels in src/kernels.ts.

export { gemm, setGemmScratch } from './gemm';
export { lstmBackward, lstmForward } from './lstm';
export { add, addBias, copy, fill, maskColumns, multiply, rowSums, transpose } from './matrix';
