// The suite that every engine must pass to train: whole runs beside PyTorch's.

export { goldenTrainingCases } from './golden-training.ts';
