// When a run validates.

import type { BrainConfig } from './state.ts';

/** Whether a validation follows this step. */
export function validationDue(
  { validateEvery, validationBatches, steps }: Pick<BrainConfig, 'validateEvery' | 'validationBatches' | 'steps'>,
  step: number,
): boolean {
  return step > 0 && validationBatches > 0 && (step % validateEvery === 0 || step === steps);
}
