// The reference engine against PyTorch, and every derivative against finite differences in double precision.

import { describe, expect, test } from 'vitest';
import { collectOutputs } from '../engine.ts';
import { portType } from '../program/program.ts';
import type { Tensors } from '../program/tensor.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import { expectClose } from './case.ts';
import { conformanceCases } from './index.ts';
import { lossPrograms } from './loss-cases.ts';
import { operationPrograms, randomInputs } from './operation-cases.ts';

describe('the reference engine', () => {
  const engine = createReferenceEngine();
  for (const { name, run } of conformanceCases()) test(name, () => run(engine));
});

describe('derivatives agree with finite differences', () => {
  const differentiable = [...operationPrograms(), ...lossPrograms()].filter(({ program }) =>
    program.outputs.some((port) => port.name.startsWith('d ')),
  );
  for (const { name, program, below, prepare } of differentiable) {
    test(name, async () => {
      const plan = await createReferenceEngine('float64').compile(program);
      const inputs = randomInputs(program, below, 11);
      prepare?.(inputs);
      const results = program.outputs.filter((port) => `d${port.name}` in inputs);
      // y is the loss sum itself where it is a loss: its cotangent is dy like any other's.
      const loss = (outputs: Tensors) =>
        results.reduce(
          (total, { name: result }) =>
            total +
            (outputs[result] as Float32Array).reduce((sum, value, i) => sum + value * inputs[`d${result}`][i], 0),
          0,
        );
      const gradients = await collectOutputs(plan, inputs);
      for (const port of program.outputs) {
        if (!port.name.startsWith('d ')) continue;
        const operand = port.name.slice(2);
        const base = Float64Array.from(inputs[operand]);
        expect(portType(program, port).shape.length).toBeGreaterThan(0);
        const numeric = new Float64Array(base.length);
        const places = Array.from({ length: Math.min(base.length, 24) }, (_, i) => (i * 7919) % base.length);
        for (const i of new Set(places)) {
          const delta = 1e-5;
          const at = async (value: number) => {
            const moved = base.slice();
            moved[i] = value;
            return loss(await collectOutputs(plan, { ...inputs, [operand]: moved as never }));
          };
          numeric[i] = ((await at(base[i] + delta)) - (await at(base[i] - delta))) / (2 * delta);
        }
        const analytic = Float64Array.from(gradients[port.name], (value, i) => (places.includes(i) ? value : 0));
        expectClose(`d ${operand}`, analytic, numeric, 1e-6);
      }
    });
  }
});
