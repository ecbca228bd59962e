// The suite that every engine must pass.

import type { Case } from './case.ts';
import { goldenLayerCases } from './golden-layers.ts';
import { goldenLossCases } from './golden-losses.ts';
import { goldenOperationCases } from './golden-operations.ts';
import { lossCases } from './loss-cases.ts';
import { modelCases } from './model-cases.ts';
import { modelPrograms } from './model-programs.ts';
import { casesOf, operationCases } from './operation-cases.ts';
import { planCases } from './plan-cases.ts';
import { translatorPrograms } from './translator-programs.ts';

export { type Case, expectClose, runOnce } from './case.ts';

export function conformanceCases(): Case[] {
  return [
    ...operationCases(),
    ...lossCases(),
    ...goldenLayerCases(),
    ...goldenOperationCases(),
    ...goldenLossCases(),
    ...casesOf([...modelPrograms(), ...translatorPrograms()]),
    ...modelCases(),
    ...planCases(),
  ];
}
